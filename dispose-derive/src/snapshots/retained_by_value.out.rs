const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Descriptor {
        type Key = __Dropped;
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if self.0 != -1 {
                let __value = self.0;
                self.0 = -1;
                __failures.record("0", close(__value));
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            self.0 == -1
        }
        #[inline]
        fn drop_ordinary(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            let _ = (__fields.guard(&mut self.0),);
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Descriptor {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Descriptor {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Descriptor {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Descriptor {}
impl ::core::clone::Clone for Descriptor {
    #[inline]
    fn clone(&self) -> Self {
        let __field_0 = {
            let mut __clone = <i32 as ::dispose_core::__private::Handle>::copy(&self.0);
            if !<i32 as ::dispose_core::__private::Sentinel>::is_empty(&__clone, [-1]) {
                let __value = __clone;
                __clone = ::dispose_core::__private::Retaining::<
                    '_,
                    Self,
                    _,
                >::of("0", __value)
                    .by(duplicate(__value));
                if <i32 as ::dispose_core::__private::Sentinel>::is_empty(
                    &__clone,
                    [-1],
                ) {
                    ::dispose_core::__private::not_retained::<Self>("0")
                }
            }
            __clone
        };
        Self { 0: __field_0 }
    }
}
