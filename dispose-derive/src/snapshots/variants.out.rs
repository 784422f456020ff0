impl ::dispose_core::Dispose for Handle {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        match self {
            Self::Mapped { address: __field_0, len: __field_1, .. } => {
                if let ::core::option::Option::Some(__value @ _) = <*mut c_void as ::dispose_core::Slot>::take(
                    __field_0,
                ) {
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
            Self::File { 0: __field_0, 1: __field_1, .. } => {
                if ::dispose_core::__private::begin_step(__failures) {
                    if *__field_0 != -1 {
                        let __value = *__field_0;
                        *__field_0 = -1;
                        #[allow(non_snake_case, unused_variables)]
                        let _1 = &mut *__field_1;
                        use ::dispose_core::__private::MayFail as _;
                        let __copy = ::dispose_core::__private::Keep::keep(&__value);
                        if ::dispose_core::__private::keep(
                            __failures,
                            "0",
                            ::dispose_core::__private::Refusable::of(
                                    match __copy {
                                        fd => close(fd, _1),
                                    },
                                )
                                .outcome(),
                        ) {
                            *__field_0 = __value;
                        }
                    }
                }
            }
            Self::Part { 0: __field_0, .. } => {
                <Session as ::dispose_core::__private::Part>::nest(
                    __field_0,
                    "0",
                    __failures,
                );
            }
            _ => {}
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        match self {
            Self::Mapped { address: __field_0, .. } => (*__field_0).is_null(),
            Self::File { 0: __field_0, .. } => *__field_0 == -1,
            Self::Part { 0: __field_0, .. } => {
                <Session as ::dispose_core::__private::Part>::is_disposed(__field_0)
            }
            _ => true,
        }
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Handle {}
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault
for Handle {}
