//! One disposal from beginning to end: the pass over the fields, the second pass when the first one
//! panics, and the report to whom a `Drop` reports.

use core::any::TypeId;
use core::mem;

use crate::failures::Attempt;
use crate::hook::{self, DropReport};
use crate::type_name;
use crate::{Close, Dispose, DisposeError, Failures};

/// Something whose resources one pass of a disposal can release.
pub(crate) trait Target {
    fn release(&mut self, failures: &mut Failures);
    fn is_released(&self) -> bool;
    fn type_id(&mut self) -> TypeId;
    fn type_path(&self) -> &'static str;
}

pub(crate) struct InPlace<'a, T: ?Sized>(pub(crate) &'a mut T);

impl<T: Dispose + ?Sized> Target for InPlace<'_, T> {
    #[inline]
    fn release(&mut self, failures: &mut Failures) {
        self.0.release_all(failures);
    }
    #[inline]
    fn is_released(&self) -> bool {
        self.0.is_disposed()
    }
    fn type_id(&mut self) -> TypeId {
        self.0.__type_id(type_name::Internal)
    }
    fn type_path(&self) -> &'static str {
        self.0.__type_path(type_name::Internal)
    }
}

/// A disposal whose caller gets the error.
#[inline]
pub(crate) fn dispose(mut target: impl Target, attempt: Attempt) -> Result<(), DisposeError> {
    match run(&mut target, attempt, false, hook::report).0 {
        None => Ok(()),
        Some(failures) => Err(DisposeError::of(target.type_path(), failures)),
    }
}

/// The last attempt, in a `Drop`: `report` receives what failed. With `explicit` it also hears of a
/// value that still held something. Returns whether the parts go deep.
#[inline]
pub(crate) fn drop(mut target: impl Target, explicit: bool, report: impl Fn(&DropReport)) -> bool {
    let (failures, forgotten, deep) = run(&mut target, Attempt::Drop, explicit, &report);
    if failures.is_some() || forgotten {
        hear(&report, target.type_path(), failures, forgotten);
    }
    deep
}

/// Drops what is left of a value that was closed. If that panics, the caller does not get the error: the
/// hook does.
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

/// Closes `value` where no caller gets the error: the hook does.
#[inline]
pub(crate) fn close_unseen(value: impl Close) {
    if let Err(error) = value.close() {
        hook::report_error(error);
    }
}

#[cold]
#[inline(never)]
fn hear(
    report: &dyn Fn(&DropReport),
    type_path: &'static str,
    failures: Option<Failures>,
    forgotten: bool,
) {
    let forgotten = forgotten || failures.as_ref().is_some_and(Failures::is_forgotten);
    let error = failures.map(|failures| DisposeError::of(type_path, failures));
    report(&DropReport::new(type_path, error, forgotten));
}

/// The failures, if there are any, whether the value was forgotten, and whether its parts go deep.
// Out of line it would hand `Failures` about in memory, also where nothing can fail.
#[expect(clippy::inline_always, reason = "measured: else types of many fields pay for it")]
#[inline(always)]
fn run<T: Target, R: Fn(&DropReport)>(
    target: &mut T,
    attempt: Attempt,
    explicit: bool,
    report: R,
) -> (Option<Failures>, bool, bool) {
    let failures = Failures::new(attempt);
    let mut pass = Pass { target, failures, forgotten: false, report };
    // Asked under the guard: a panic of the question must not keep anything from its release.
    pass.forgotten = explicit && !pass.target.is_released();
    pass.target.release(&mut pass.failures);
    let deep = pass.failures.is_deep();
    let outcome = (pass.failures.take(), pass.forgotten, deep);
    // Only a panic runs the second pass.
    mem::forget(pass);
    outcome
}

struct Pass<'a, T: Target, R: Fn(&DropReport)> {
    target: &'a mut T,
    failures: Failures,
    forgotten: bool,
    report: R,
}

impl<T: Target, R: Fn(&DropReport)> Drop for Pass<'_, T, R> {
    /// A release panicked: the steps that have not begun run now. A second panic aborts.
    #[cold]
    fn drop(&mut self) {
        self.failures.rewind(self.target.type_id());
        self.target.release(&mut self.failures);
        let failures = self.failures.take();
        if failures.is_some() || self.forgotten {
            hear(&self.report, self.target.type_path(), failures, self.forgotten);
        }
    }
}
