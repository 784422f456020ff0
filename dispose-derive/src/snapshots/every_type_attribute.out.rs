#[allow(deprecated)]
impl my::runtime::Dispose for Log {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut my::runtime::Failures) {
        __failures.resume::<Self>();
        if __failures.begin() && !my::runtime::Dispose::is_disposed(self) {
            __failures.record("before", Self::flush(self));
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            i32,
        > as my::runtime::Slot>::take(&mut self.fd) {
            __failures.record("fd", close(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<i32> as my::runtime::Slot>::is_empty(&self.fd)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::ops::Drop for Log {
    #[inline]
    fn drop(&mut self) {
        my::runtime::__private::drop_to(
            self,
            true,
            my::runtime::__private::ignore_errors,
        )
    }
}
#[allow(deprecated)]
const _: () = {
    use my::runtime::__private::NotClose as _;
    ::core::assert!(
        ! < my::runtime::__private::Probe < State >> ::IS_CLOSE,
        "nobody disposes `state` in its turn; add `#[dispose]` (it is then released before the fields above it; if it is only `Close`, make it an `Option` with `#[unmanaged(release = Close::close)]`), or `#[dispose(skip)]` to leave it to its own `Drop`"
    );
};
