pub struct Font<'lib> {
    #[unmanaged(unsafe(release = font_free), always)]
    raw: NonNull<sys::Font>,
    library: PhantomData<&'lib Library>,
}
