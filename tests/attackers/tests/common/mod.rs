//! What several attackers use, which is safe code.

#![forbid(unsafe_code)]
#![allow(dead_code, reason = "each attacker uses a part")]

use std::{error, fmt, mem};

use dispose_core::{Dispose, Failures};

/// A part that holds nothing.
pub(crate) struct Nothing;

impl Dispose for Nothing {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

/// A part that is refused its release, and never empty.
pub(crate) struct Refuses;

impl Dispose for Refuses {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.record("refused", Err::<(), _>(Failed));
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

/// Exchanges the list of a pass for a new one, so that all steps are to be done again.
pub(crate) struct Swap<'a>(pub(crate) &'a mut Failures);

impl Dispose for Swap<'_> {
    fn release_all(&mut self, own: &mut Failures) {
        mem::swap(self.0, own);
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

/// The error of a release that failed.
#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl error::Error for Failed {}
