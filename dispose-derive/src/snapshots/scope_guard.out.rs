const _: () = {
    pub struct __Dropped(());
    #[allow(single_use_lifetimes)]
    unsafe impl<'a> ::dispose_core::__private::ByValue for Guard<'a> {
        type Key = __Dropped;
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if ::dispose_core::__private::begin_step(__failures) {
                #[allow(clippy::diverging_sub_expression)]
                __failures
                    .record(
                        "before",
                        ::dispose_core::__private::call(
                            &mut *self,
                            ::dispose_core::__private::expression!(
                                | guard | guard.0.unlock()
                            ),
                        ),
                    );
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            false
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
    #[allow(single_use_lifetimes)]
    impl<'a> ::core::ops::Drop for Guard<'a> {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
#[allow(single_use_lifetimes)]
impl<'a> ::dispose_core::Close for Guard<'a> {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
#[allow(single_use_lifetimes)]
impl<'a> ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose
for Guard<'a> {}
#[allow(single_use_lifetimes)]
impl<
    'a,
> ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Guard<'a> {}
