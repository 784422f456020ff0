impl ::dispose_core::Dispose for Connection {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        if let ::core::option::Option::Some(__value @ _) = <Option<
            RawFd,
        > as ::dispose_core::Slot>::take(&mut self.log) {
            __failures.record("log", close_log(__value));
        }
        if let ::core::option::Option::Some(__value @ _) = <*mut sqlite3 as ::dispose_core::Slot>::take(
            &mut self.db,
        ) {
            __failures.record("db", status::zero(unsafe { sqlite3_close(__value) }));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        self.db.is_null() && <Option<RawFd> as ::dispose_core::Slot>::is_empty(&self.log)
    }
}
#[automatically_derived]
impl ::core::ops::Drop for Connection {
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
impl ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Connection {}
