//! One disposal from beginning to end: the pass over the fields, the second pass when the first one
//! panics, and the report of a `Drop`.

use core::any::TypeId;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};

use crate::error::List;
use crate::failures::Attempt;
use crate::hook::{self, DropReport};
use crate::{DisposeError, Failures};

/// The way in which one pass disposes of a `T`.
pub(crate) trait Disposal<T: ?Sized> {
    fn release(value: &mut T, failures: &mut Failures);
    fn is_released(value: &T) -> bool;
    fn type_id(value: &mut T) -> TypeId;
    fn type_path(value: &T) -> &'static str;
}

/// Disposes of `value` for a caller who gets the error.
#[expect(clippy::inline_always, reason = "as in `in_drop`")]
#[inline(always)]
pub(crate) fn dispose<D: Disposal<T>, T: ?Sized>(
    value: &mut T,
    attempt: Attempt,
) -> Result<(), DisposeError> {
    let mut failures = ManuallyDrop::new(Failures::new(attempt));
    let pass = Pass::<D, _, _>::new(value, &mut failures, &hook::report);
    D::release(pass.value, pass.failures);
    // Only a panic runs the second pass.
    mem::forget(pass);
    if failures.is_untouched() { Ok(()) } else { error(D::type_path(value), failures.take_list()) }
}

/// Disposes of `value` for the last time, in a `Drop`, and hands `report` what failed. With `explicit` it also
/// reports a value that still held something.
// Out of line, `Failures` would be in memory even where nothing can fail.
#[expect(clippy::inline_always, reason = "measured: else types of many fields pay for it")]
#[inline(always)]
pub(crate) fn in_drop<D: Disposal<T>, T: ?Sized>(
    value: &mut T,
    explicit: bool,
    report: impl Fn(&DropReport),
) {
    let mut failures = ManuallyDrop::new(Failures::new(Attempt::Drop));
    let mut pass = Pass::<D, _, _>::new(value, &mut failures, &report);
    // Asked under the guard: a panic of the question must not keep anything from its release.
    pass.forgotten = explicit && !D::is_released(pass.value);
    D::release(pass.value, pass.failures);
    let forgotten = pass.forgotten;
    mem::forget(pass);
    if forgotten || !failures.is_untouched() {
        send_report(report, D::type_path(value), failures.take_list(), forgotten);
    }
}

/// Drops what is left of a value that was closed. If that panics, the error goes to the hook instead of the
/// caller.
#[inline]
pub(crate) fn drop_rest<R>(rest: R, closed: Result<(), DisposeError>) -> Result<(), DisposeError> {
    let mut unseen = Unseen(closed.err());
    mem::drop(rest);
    unseen.0.take().map_or(Ok(()), Err)
}

struct Unseen(Option<DisposeError>);

impl Drop for Unseen {
    #[inline]
    fn drop(&mut self) {
        if let Some(error) = self.0.take() {
            hook::report_error(error);
        }
    }
}

// Takes the list by value: the compiler then knows that nothing else of the disposal escapes.
#[cold]
#[inline(never)]
fn error(type_path: &'static str, list: List) -> Result<(), DisposeError> {
    DisposeError::of(type_path, list).map_or(Ok(()), Err)
}

#[cold]
#[inline(never)]
fn send_report(report: impl Fn(&DropReport), type_path: &'static str, list: List, forgotten: bool) {
    let forgotten = forgotten || list.is_forgotten();
    let error = DisposeError::of(type_path, list);
    if forgotten || error.is_some() {
        report(&DropReport::new(type_path, error, forgotten));
    }
}

/// A pass on its way. If it panics, a second one follows.
struct Pass<'a, D: Disposal<T>, T: ?Sized, R: Fn(&DropReport)> {
    value: &'a mut T,
    failures: &'a mut Failures,
    forgotten: bool,
    report: &'a R,
    disposal: PhantomData<D>,
}

impl<'a, D: Disposal<T>, T: ?Sized, R: Fn(&DropReport)> Pass<'a, D, T, R> {
    #[inline]
    fn new(value: &'a mut T, failures: &'a mut Failures, report: &'a R) -> Self {
        Self { value, failures, forgotten: false, report, disposal: PhantomData }
    }
}

impl<D: Disposal<T>, T: ?Sized, R: Fn(&DropReport)> Drop for Pass<'_, D, T, R> {
    // By value, so that on the way without a panic nothing of it need be in memory.
    #[inline]
    fn drop(&mut self) {
        run_again::<D, T>(self.value, self.failures, self.forgotten, self.report);
    }
}

/// Runs the steps that have not begun, after a release panicked. A second panic aborts.
#[cold]
#[inline(never)]
fn run_again<D: Disposal<T>, T: ?Sized>(
    value: &mut T,
    failures: &mut Failures,
    forgotten: bool,
    report: impl Fn(&DropReport),
) {
    failures.rewind(D::type_id(value));
    D::release(value, failures);
    send_report(report, D::type_path(value), failures.take_list(), forgotten);
}
