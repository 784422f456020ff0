impl ::dispose_core::Dispose for Client {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::awaited_by::<Self>();
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        if ::dispose_core::__private::is_given_up(
            __failures,
            "cache",
            <Option<Cache> as ::dispose_core::Slot>::is_empty(&self.cache),
        ) {
            ::dispose_core::__private::give_up(
                <Option<Cache> as ::dispose_core::Slot>::take(&mut self.cache),
            );
        }
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            Stream,
        > as ::dispose_core::Slot>::take(&mut self.stream) {
            __failures.record("stream", Stream::reset(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<Stream> as ::dispose_core::Slot>::is_empty(&self.stream)
            && <Option<Cache> as ::dispose_core::Slot>::is_empty(&self.cache)
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Client {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Client {}
