//! The steps of a derived pass. Only expansions call these functions, by their paths, so a method of a trait in
//! the author's scope cannot take the place of one. A place is a field's name, or that and an element's index.

use core::any::TypeId;
use core::error::Error;

use super::{Failures, Phase};
use crate::error::{AsyncOnly, List};
use crate::path::At;
use crate::{Outcome, type_id};

/// Begins a pass over a `T` in place. The type that calls this is the `T`.
///
/// Any code that receives a `Failures` can call the `release_all` of some value with it, even when it
/// has steps to skip. If these were another type's, this pass would skip a child and release its
/// parent. So they count only for the type whose pass they are.
#[inline]
pub fn begin_pass<T: ?Sized>(failures: &mut Failures) {
    if matches!(failures.phase, Phase::Again | Phase::AgainThenStop) {
        begin_again(failures, type_id::of::<T>());
    }
}

#[cold]
#[inline(never)]
fn begin_again(failures: &mut Failures, of: TypeId) {
    // Another pass has begun with these steps, so none is left for this one.
    failures.stopped |= failures.phase == Phase::AgainThenStop;
    failures.phase = match (failures.list.rare().resumes.take() == Some(of), failures.stopped) {
        (false, _) => Phase::Over,
        (true, false) => Phase::Again,
        (true, true) => Phase::AgainThenStop,
    };
    if failures.phase == Phase::AgainThenStop {
        failures.stopped = false;
    }
}

/// Returns whether the next step is to run, which it does once in a disposal.
#[inline]
pub fn begin_step(failures: &mut Failures) -> bool {
    match failures.phase {
        Phase::First => {
            failures.steps = failures.steps.saturating_add(1);
            true
        }
        Phase::Over => true,
        Phase::Again | Phase::AgainThenStop => {
            failures.steps = one_less(failures.steps);
            if failures.steps == 0 {
                failures.stopped |= failures.phase == Phase::AgainThenStop;
                failures.phase = Phase::Over;
            }
            false
        }
    }
}

/// Takes the number, not the `Failures`: where nothing can panic, that has no address and no place in memory.
// `extern "C"`, so that callers know that it does not unwind. A panic now would be the second one anyway.
#[cold]
#[inline(never)]
extern "C" fn one_less(steps: u32) -> u32 {
    // Which of them have begun is not known.
    assert!(steps < u32::MAX, "more steps than can be counted");
    steps - 1
}

/// Records the outcome of a release.
#[inline]
pub fn record_at(failures: &mut Failures, at: impl At, outcome: impl Outcome) {
    if let Err(error) = outcome.into_result() {
        failures.list.fail(at, error);
    }
}

/// Records the outcome, and returns whether the release was refused, which left the resource alive.
#[inline]
#[must_use]
pub fn is_refused(failures: &mut Failures, at: impl At, outcome: impl Outcome) -> bool {
    match outcome.into_result() {
        Ok(()) => false,
        Err(error) => {
            failures.list.fail(at, error);
            true
        }
    }
}

/// Does what [`is_refused`] does where the error says whether the resource is alive.
#[inline]
#[must_use]
pub fn is_refused_if<O: Outcome>(
    failures: &mut Failures,
    at: impl At,
    outcome: O,
    is_alive: impl FnOnce(&O::Error) -> bool,
) -> bool {
    match outcome.into_result() {
        Ok(()) => false,
        Err(error) => {
            // Recorded after the question, also if that panics.
            let pending = Pending { list: &mut failures.list, at, error: Some(error) };
            pending.error.as_ref().is_some_and(is_alive)
        }
    }
}

/// An error that is looked at before it is recorded.
struct Pending<'a, P: At, E: Error + Send + Sync + 'static> {
    list: &'a mut List,
    at: P,
    error: Option<E>,
}

impl<P: At, E: Error + Send + Sync + 'static> Drop for Pending<'_, P, E> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            self.list.fail(self.at, error);
        }
    }
}

/// Stops the disposal after a release was refused, and returns whether the value goes back. Does neither in
/// the last attempt.
#[inline]
#[must_use]
pub fn stop(failures: &mut Failures) -> bool {
    if !failures.is_last_attempt() {
        failures.stopped = true;
    }
    !failures.is_last_attempt()
}

/// Records the outcome, and returns whether the value goes back into its field. The disposal then stops.
#[inline]
#[must_use]
pub fn keep(failures: &mut Failures, at: impl At, outcome: impl Outcome) -> bool {
    is_refused(failures, at, outcome) && stop(failures)
}

/// Does what [`keep`] does where the error says whether the resource is alive. It is not asked in the last
/// attempt.
#[inline]
#[must_use]
pub fn keep_if<O: Outcome>(
    failures: &mut Failures,
    at: impl At,
    outcome: O,
    is_alive: impl FnOnce(&O::Error) -> bool,
) -> bool {
    if failures.is_last_attempt() {
        record_at(failures, at, outcome);
        return false;
    }
    is_refused_if(failures, at, outcome, is_alive) && stop(failures)
}

/// Records that only an asynchronous disposal can release what the field holds, unless it is empty. Returns
/// `true` if the field is to be emptied, because the caller cannot try again. Otherwise the value is kept.
#[inline]
#[must_use]
pub fn is_given_up(failures: &mut Failures, path: &str, is_empty: bool) -> bool {
    if !begin_step(failures) || is_empty {
        return false;
    }
    failures.list.fail(path, AsyncOnly);
    if failures.is_last_attempt() {
        failures.list.rare().forgotten = true;
    } else {
        failures.stopped = true;
    }
    failures.is_last_attempt()
}

/// Returns whether to go through a collection of `len` elements from its end, or on from where a panic
/// stopped.
#[inline]
pub fn begin_each(failures: &mut Failures, len: usize) -> bool {
    if begin_step(failures) {
        failures.ahead = len;
        return true;
    }
    // If steps after this one have begun, it was finished.
    failures.phase == Phase::Over
}

/// Ends the walk through a collection whose elements may stay. An element that is left, for whatever
/// reason, may use what its owner would release next. (A key panicked or lied, or a release added it.)
#[inline]
pub fn end_each(failures: &mut Failures, is_released: bool) {
    if !is_released && !failures.is_last_attempt() {
        failures.stopped = true;
    }
}

/// A walk through a collection. It is not the disposal itself, which a foreign collection could replace.
pub struct Walk<'a> {
    is_last_attempt: bool,
    elements: &'a mut usize,
}

impl<'a> Walk<'a> {
    /// Takes the part of a disposal that a collection needs.
    #[inline]
    pub fn of(failures: &'a mut Failures) -> Self {
        Self { is_last_attempt: failures.is_last_attempt(), elements: &mut failures.ahead }
    }

    #[inline]
    pub(crate) fn is_last_attempt(&self) -> bool {
        self.is_last_attempt
    }

    /// Returns the index of the next element on the way to the front.
    #[inline]
    pub(crate) fn next_index(&mut self) -> Option<usize> {
        *self.elements = self.elements.checked_sub(1)?;
        Some(*self.elements)
    }

    #[inline]
    pub(crate) fn go_on_before(self, index: usize) {
        *self.elements = index;
    }
}
