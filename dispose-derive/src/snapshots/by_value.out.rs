const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Mapping {
        type Key = __Dropped;
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            if let ::core::option::Option::Some(__value @ _) = <Option<
                Socket,
            > as ::dispose_core::Slot>::take(&mut self.socket) {
                __failures.record("socket", Close::close(__value));
            }
            if ::dispose_core::__private::begin_step(__failures) {
                let __value = <NonNull<
                    c_void,
                > as ::dispose_core::__private::Always>::get(&self.address);
                __failures
                    .record(
                        "address",
                        status::errno(
                            match __value {
                                p => unsafe { munmap(p, self.len) }
                            },
                        ),
                    );
            }
            if ::dispose_core::__private::begin_step(__failures) {
                let __value = <RawFd as ::dispose_core::__private::Always>::get(
                    &self.fd,
                );
                __failures.record("fd", close(__value));
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
            let _ = (
                __fields.guard(&mut self.len),
                __fields.guard(&mut self.socket),
                __fields.guard(&mut self.name),
            );
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Mapping {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Mapping {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Mapping {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Mapping {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Mapping {}
