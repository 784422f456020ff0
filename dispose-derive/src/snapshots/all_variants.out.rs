const _: () = {
    pub struct __Dropped(());
    unsafe impl ::dispose_core::__private::ByValue for Either {
        type Key = __Dropped;
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        #[inline]
        fn release_all(
            &mut self,
            __failures: &mut ::dispose_core::Failures,
            _: ::dispose_core::__private::Token<'_, Self>,
        ) {
            match self {
                Self::Left { 0: __field_0, .. } => {
                    if let ::core::option::Option::Some(__value @ _) = <Option<
                        i32,
                    > as ::dispose_core::Slot>::take(__field_0) {
                        __failures.record("0", close(__value));
                    }
                }
                Self::Right { 0: __field_0, .. } => {
                    if let ::core::option::Option::Some(__value @ _) = <Option<
                        u8,
                    > as ::dispose_core::Slot>::take(__field_0) {
                        __failures.record("0", close(__value));
                    }
                }
            }
        }
        #[inline]
        fn is_released(&self) -> ::core::primitive::bool {
            match self {
                Self::Left { 0: __field_0, .. } => {
                    <Option<i32> as ::dispose_core::Slot>::is_empty(__field_0)
                }
                Self::Right { 0: __field_0, .. } => {
                    <Option<u8> as ::dispose_core::Slot>::is_empty(__field_0)
                }
            }
        }
        #[inline]
        fn drop_ordinary(
            &mut self,
            __fields: ::dispose_core::__private::Ordinary<'_, Self>,
        ) {
            match self {
                Self::Left { 0: __field_0, 1: __field_1, .. } => {
                    let _ = (__fields.guard(__field_0), __fields.guard(__field_1));
                }
                Self::Right { 0: __field_0, 1: __field_1, .. } => {
                    let _ = (__fields.guard(__field_0), __fields.guard(__field_1));
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::ops::Drop for Either {
        #[inline]
        fn drop(&mut self) {
            ::dispose_core::__private::drop_by_value(self, __Dropped(()))
        }
    }
};
#[automatically_derived]
impl ::dispose_core::Close for Either {
    #[inline]
    fn close(self) -> ::core::result::Result<(), ::dispose_core::DisposeError> {
        ::dispose_core::__private::close(self)
    }
}
#[automatically_derived]
impl ::dispose_core::__private::ChooseEitherDeriveDisposeOrDeriveClose for Either {}
impl ::dispose_core::__private::HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Either {}
