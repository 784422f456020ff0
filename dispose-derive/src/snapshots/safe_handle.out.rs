const _: () = {
    pub struct __GivenUp(());
    #[automatically_derived]
    #[allow(single_use_lifetimes)]
    impl<'lib> ::dispose_core::__private::GiveUp for Font<'lib> {
        type Key = __GivenUp;
    }
    #[allow(single_use_lifetimes)]
    impl<'lib> ::dispose_core::SafeHandle for Font<'lib> {
        type Raw = NonNull<sys::Font>;
        #[inline]
        unsafe fn from_raw(__raw: NonNull<sys::Font>) -> Self {
            Self {
                raw: __raw,
                library: <PhantomData<
                    &'lib Library,
                > as ::dispose_core::__private::MadeByDefault>::default(),
            }
        }
        #[inline]
        fn as_raw(
            &self,
        ) -> ::core::result::Result<NonNull<sys::Font>, ::dispose_core::Disposed> {
            ::dispose_core::__private::as_raw(self, &self.raw)
        }
        #[inline]
        fn into_raw(self) -> NonNull<sys::Font> {
            let __raw = ::dispose_core::__private::raw::<Self>(&self.raw);
            let _ = ::dispose_core::__private::give_up_handle(self, __GivenUp(()));
            __raw
        }
        #[inline]
        fn is_invalid(&self) -> ::core::primitive::bool {
            false
        }
    }
};
