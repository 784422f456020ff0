impl ::dispose_core::Dispose for Handle {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        match self {
            Self::Mapped { address: __field_0, len: __field_1, .. } => {
                if let ::core::option::Option::Some(__value) = <*mut c_void as ::dispose_core::Slot>::take(
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
                if __failures.begin::<Self>() {
                    if let ::core::option::Option::Some(__value) = <i32 as ::dispose_core::__private::Sentinel>::take(
                        __field_0,
                        [-1],
                    ) {
                        #[allow(non_snake_case, unused_variables)]
                        let _1 = &mut *__field_1;
                        if __failures
                            .keep(
                                "0",
                                match ::dispose_core::__private::Keep::keep(&__value) {
                                    fd => close(fd, _1),
                                },
                            )
                        {
                            *__field_0 = __value;
                        }
                    }
                }
            }
            Self::Part { 0: __field_0, .. } => {
                if __failures.begin::<Self>() {
                    <Session as ::dispose_core::__private::Part>::nest(
                        __field_0,
                        "0",
                        __failures,
                    );
                }
            }
            _ => {}
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        match self {
            Self::Mapped { address: __field_0, .. } => {
                <*mut c_void as ::dispose_core::Slot>::is_empty(__field_0)
            }
            Self::File { 0: __field_0, .. } => {
                <i32 as ::dispose_core::__private::Sentinel>::is_empty(__field_0, [-1])
            }
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
        ::dispose_core::__private::drop(self)
    }
}
#[automatically_derived]
#[doc(hidden)]
impl ::dispose_core::__private::OwnersMustNotBeCloneUnlessDisposeClone for Handle {}
#[automatically_derived]
#[doc(hidden)]
impl ::dispose_core::__private::OwnersMustNotBeDefaultUnlessDisposeDefault for Handle {}
