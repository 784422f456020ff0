//! Fields whose empty state is a value, for `invalid = …`.

/// A field whose empty state is a value, `invalid = …`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with its `invalid` value",
    label = "does not implement `PartialEq`",
    note = "implement `PartialEq` for it, or use `Option<…>` of it without `invalid`"
)]
pub trait Sentinel: Sized {
    /// Takes the value and stores the first of `invalid`. Returns `None` if the field holds one of them.
    fn take<const N: usize>(&mut self, invalid: [Self; N]) -> Option<Self>;
    /// Returns `true` if the field holds one of `invalid`.
    fn is_empty<const N: usize>(&self, invalid: [Self; N]) -> bool;
    /// Does what [`is_empty`](Self::is_empty) does, with values that are needed again.
    fn is_one_of<const N: usize>(&self, invalid: &[Self; N]) -> bool;
}

#[diagnostic::do_not_recommend]
impl<T: PartialEq> Sentinel for T {
    #[inline]
    fn take<const N: usize>(&mut self, invalid: [Self; N]) -> Option<Self> {
        if is_one_of(self, &invalid) {
            return None;
        }
        invalid.into_iter().next().map(|empty| core::mem::replace(self, empty))
    }

    #[inline]
    fn is_empty<const N: usize>(&self, invalid: [Self; N]) -> bool {
        is_one_of(self, &invalid)
    }
    #[inline]
    fn is_one_of<const N: usize>(&self, invalid: &[Self; N]) -> bool {
        is_one_of(self, invalid)
    }
}

/// Compares without a loop in the usual case of one value, also where the compiler optimizes for size.
#[inline]
fn is_one_of<T: PartialEq, const N: usize>(value: &T, invalid: &[T; N]) -> bool {
    if let [one] = invalid.as_slice() { one == value } else { invalid.contains(value) }
}
