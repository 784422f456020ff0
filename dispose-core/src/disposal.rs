//! One disposal from beginning to end: the pass over the fields, the second pass when the first one
//! panics, and what is said to the drop hook.

use core::mem;

use crate::hook;
use crate::{Close, Dispose, DisposeError, Failures};

/// Something whose resources one pass of a disposal can release.
pub(crate) trait Target {
    fn release(&mut self, failures: &mut Failures);
    fn type_name(&self) -> &'static str;
}

pub(crate) struct InPlace<'a, T: ?Sized>(pub(crate) &'a mut T);

impl<T: Dispose + ?Sized> Target for InPlace<'_, T> {
    #[inline]
    fn release(&mut self, failures: &mut Failures) {
        self.0.release_all(failures);
    }
    fn type_name(&self) -> &'static str {
        self.0.__type_name()
    }
}

/// What a `Drop` tells the drop hook. Errors are told unless the type says otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Telling {
    pub(crate) forgotten: bool,
    pub(crate) errors: bool,
}

/// A disposal that may be tried again.
#[inline]
pub(crate) fn dispose<T: Dispose + ?Sized>(value: &mut T) -> Result<(), DisposeError> {
    let mut target = InPlace(value);
    let telling = Telling { forgotten: false, errors: true };
    result(run(&mut target, Failures::first_attempt(), telling), &target)
}

/// The last attempt, with the error for the caller.
#[inline]
pub(crate) fn finish(mut target: impl Target) -> Result<(), DisposeError> {
    let telling = Telling { forgotten: false, errors: true };
    result(run(&mut target, Failures::last_attempt(), telling), &target)
}

/// The last attempt, in a `Drop`: the hook is told.
#[inline]
pub(crate) fn drop(mut target: impl Target, telling: Telling) {
    match run(&mut target, Failures::last_attempt(), telling) {
        Some(failures) => hook::report(target.type_name(), failures, telling),
        None if telling.forgotten => {
            hook::report(target.type_name(), Failures::last_attempt(), telling);
        }
        None => {}
    }
}

/// Closes `value` where nobody can be handed the error: the hook is told.
#[inline]
pub(crate) fn close_unseen(value: impl Close) {
    if let Err(error) = value.close() {
        hook::report_error(error);
    }
}

#[inline]
fn result(failures: Option<Failures>, target: &impl Target) -> Result<(), DisposeError> {
    match failures {
        None => Ok(()),
        Some(failures) => Err(error(target.type_name(), failures)),
    }
}

#[cold]
pub(crate) fn error(type_name: &'static str, failures: Failures) -> DisposeError {
    DisposeError::new(type_name, failures)
}

/// The failures, if there are any.
// Out of line it would hand `Failures` about in memory, also where nothing can fail.
#[expect(clippy::inline_always, reason = "measured: else types of many fields pay for it")]
#[inline(always)]
fn run<T: Target>(target: &mut T, failures: Failures, telling: Telling) -> Option<Failures> {
    let mut pass = Pass { target, failures, telling };
    pass.target.release(&mut pass.failures);
    let failures = pass.failures.take();
    // Only a panic runs the second pass.
    mem::forget(pass);
    failures
}

struct Pass<'a, T: Target> {
    target: &'a mut T,
    failures: Failures,
    telling: Telling,
}

impl<T: Target> Drop for Pass<'_, T> {
    /// A release panicked: the steps that have not begun run now. A second panic aborts.
    #[cold]
    fn drop(&mut self) {
        self.failures.rewind();
        self.target.release(&mut self.failures);
        if let Some(failures) = self.failures.take() {
            hook::report(self.target.type_name(), failures, self.telling);
        } else if self.telling.forgotten {
            hook::report(self.target.type_name(), Failures::last_attempt(), self.telling);
        }
    }
}

/// The bare identifier of `T`: no path, no arguments. Only failures ask for it.
pub(crate) fn bare_name<T: ?Sized>() -> &'static str {
    without_path(core::any::type_name::<T>())
}

fn without_path(name: &'static str) -> &'static str {
    // The arguments go first, for they have paths of their own.
    let head = match name.strip_suffix('>') {
        Some(inner) => &inner[..arguments_start(inner)],
        None => name,
    };
    // `[a::T; 3]`, `(A, b::B)`, `&a::T` are no paths.
    if !head.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '<') {
        return name;
    }
    head.rsplit("::").next().unwrap_or(head)
}

/// Where the `<` stands that the `>` cut off after `inner` belongs to.
fn arguments_start(inner: &str) -> usize {
    let bytes = inner.as_bytes();
    let mut depth = 1_usize;
    for (at, byte) in bytes.iter().enumerate().rev() {
        match byte {
            // The arrow of a function pointer closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' => depth += 1,
            b'<' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    inner.len()
}

#[cfg(test)]
mod tests {
    use super::bare_name;

    struct Plain;
    struct Generic<T, F>(T, F);
    #[allow(non_camel_case_types)]
    struct r#raw;

    #[test]
    fn the_bare_name_is_the_identifier() {
        struct Local;
        assert_eq!(bare_name::<Plain>(), "Plain");
        assert_eq!(bare_name::<Local>(), "Local");
        assert_eq!(bare_name::<r#raw>(), "raw");
        assert_eq!(bare_name::<Generic<Plain, fn(Plain) -> Local>>(), "Generic");
        assert_eq!(bare_name::<Generic<Generic<u8, u8>, &str>>(), "Generic");
        assert!(bare_name::<[Plain; 2]>().starts_with('['));
        assert!(bare_name::<(Plain, Plain)>().starts_with('('));
    }

    trait Names {
        fn name() -> &'static str;
    }
    impl Names for Generic<Plain, u8> {
        fn name() -> &'static str {
            struct Inside;
            bare_name::<Inside>()
        }
    }

    #[test]
    fn a_type_inside_an_impl_is_named_too() {
        assert_eq!(Generic::<Plain, u8>::name(), "Inside");
    }
}
