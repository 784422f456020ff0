const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Handle {
        type Key = __Dropped;
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            match self {
                Self::Mapped { address: __field_0, len: __field_1, .. } => {
                    if ::dispose_core::__private::begin_step(__failures) {
                        let __value = <NonNull<
                            c_void,
                        > as ::dispose_core::__private::Always>::get(__field_0);
                        #[allow(non_snake_case, unused_variables)]
                        let len = &mut *__field_1;
                        __failures
                            .record(
                                "address",
                                status::errno(
                                    match __value {
                                        p => unsafe { munmap(p, *len) }
                                    },
                                ),
                            );
                    }
                }
                _ => {}
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            match self {
                Self::Mapped { .. } => false,
                _ => true,
            }
        }
        #[inline]
        fn drop_ordinary(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            match self {
                Self::Mapped { len: __field_1, .. } => {
                    let _ = (__fields.guard(__field_1),);
                }
                Self::Named { 0: __field_0, .. } => {
                    let _ = (__fields.guard(__field_0),);
                }
                _ => {}
            }
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Handle {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Handle {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Handle {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Handle {}
impl ::dispose_core::__private::HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Handle {}
