impl ::dispose_core::Dispose for Pair {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.output) {
            __failures.record("output", close(__value));
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as ::dispose_core::Slot>::take(&mut self.input) {
            __failures.record("input", close(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<i32> as ::dispose_core::Slot>::is_empty(&self.input)
            && <Option<i32> as ::dispose_core::Slot>::is_empty(&self.output)
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Pair {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Pair {}
impl Pair {
    /// Releases what is held and consumes the value.
    ///
    /// # Errors
    ///
    /// Returns what failed. The value is gone then, too.
    #[allow(dead_code, clippy::same_name_method)]
    #[inline]
    pub(crate) fn close(self) -> ::core::result::Result<(), MyError> {
        ::dispose_core::Close::close(self)
            .map_err(|__error| <MyError as ::dispose_core::__private::FromFailures>::from_failures(
                __error,
            ))
    }
    /// Releases what is held. The value comes back in the error if it is still alive.
    ///
    /// # Errors
    ///
    /// Returns what failed, and the value if it can be tried again.
    #[allow(dead_code, clippy::same_name_method)]
    #[inline]
    pub(crate) fn try_close(
        self,
    ) -> ::core::result::Result<(), (::core::option::Option<Self>, MyError)> {
        ::dispose_core::TryClose::try_close(self)
            .map_err(|__refused| {
                let (__value, __error) = __refused.into_parts();
                (
                    __value,
                    <MyError as ::dispose_core::__private::FromFailures>::from_failures(
                        __error,
                    ),
                )
            })
    }
}
