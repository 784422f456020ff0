#[allow(single_use_lifetimes)]
impl<'a, T: Free + 'a, M, const N: usize> ::dispose_core::Dispose for Buffer<'a, T, M, N>
where
    M: Manager<Target = T>,
{
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    #[inline]
    fn release_all(&mut self, __failures: &mut ::dispose_core::Failures) {
        ::dispose_core::__private::begin_pass::<Self>(__failures);
        <[Part<
            T,
        >; N] as ::dispose_core::__private::Part>::nest(
            &mut self.parts,
            "parts",
            __failures,
        );
        if ::dispose_core::Failures::is_stopped(__failures) {
            return;
        }
        if let ::core::option::Option::Some(__value @ _) = <Option<
            NonNull<T>,
        > as ::dispose_core::Slot>::take(&mut self.value) {
            __failures.record("value", M::free(__value));
        }
    }
    #[inline]
    fn is_disposed(&self) -> ::core::primitive::bool {
        <Option<NonNull<T>> as ::dispose_core::Slot>::is_empty(&self.value)
            && <[Part<
                T,
            >; N] as ::dispose_core::__private::Part>::is_disposed(&self.parts)
    }
}
#[automatically_derived]
#[allow(single_use_lifetimes)]
impl<'a, T: Free + 'a, M, const N: usize> ::core::ops::Drop for Buffer<'a, T, M, N>
where
    M: Manager<Target = T>,
{
    #[inline]
    fn drop(&mut self) {
        ::dispose_core::__private::drop(self);
    }
}
#[allow(single_use_lifetimes)]
impl<
    'a,
    T: Free + 'a,
    M,
    const N: usize,
> ::dispose_core::__private::OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand
for Buffer<'a, T, M, N>
where
    M: Manager<Target = T>,
{}
