impl ::dispose_core::Dispose for Either {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        match self {
            Self::Named { fd: __field_0, .. } => {
                if let ::core::option::Option::Some(__value @ _) = <Option<
                    usize,
                > as ::dispose_core::Slot>::take(__field_0) {
                    __failures
                        .record(
                            "fd",
                            match __value {
                                len => free(len),
                            },
                        );
                }
            }
            Self::Both { fd: __field_0, len: __field_1, .. } => {
                if let ::core::option::Option::Some(__value @ _) = <Option<
                    usize,
                > as ::dispose_core::Slot>::take(__field_1) {
                    __failures
                        .record(
                            "len",
                            match __value {
                                fd => free(fd),
                            },
                        );
                }
                if let ::core::option::Option::Some(__value @ _) = <Option<
                    i32,
                > as ::dispose_core::Slot>::take(__field_0) {
                    #[allow(non_snake_case, unused_variables)]
                    let len = &mut *__field_1;
                    __failures
                        .record(
                            "fd",
                            match __value {
                                fd => close(fd, *len),
                            },
                        );
                }
            }
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        match self {
            Self::Named { fd: __field_0, .. } => {
                <Option<usize> as ::dispose_core::Slot>::is_empty(__field_0)
            }
            Self::Both { fd: __field_0, len: __field_1, .. } => {
                <Option<i32> as ::dispose_core::Slot>::is_empty(__field_0)
                    && <Option<usize> as ::dispose_core::Slot>::is_empty(__field_1)
            }
        }
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Either {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Either {}
