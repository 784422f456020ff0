struct Buffer<'a, T: Free + 'a, M = Malloc, const N: usize = 4>
where
    M: Manager<Target = T>,
{
    #[unmanaged(release = M::free)]
    value: Option<NonNull<T>>,
    #[dispose]
    parts: [Part<T>; N],
    r#type: PhantomData<&'a M>,
}
