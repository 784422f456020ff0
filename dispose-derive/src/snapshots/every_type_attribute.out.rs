#[allow(deprecated)]
impl my::runtime::Dispose for Log {
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut my::runtime::Failures) {
        my::runtime::__private::begin_pass::<Self>(__failures);
        if my::runtime::__private::begin_step(__failures)
            && !my::runtime::Dispose::is_disposed(self)
        {
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
        );
    }
}
#[allow(deprecated)]
const _: () = {
    use my::runtime::__private::Unknown as _;
    my::runtime::__private::untracked(
        "state",
        &[my::runtime::__private::found!(State)],
        <my::runtime::__private::Probe<State>>::DISPOSE,
        my::runtime::__private::Remedy::Bare,
        true,
    );
};
