//! Tests of the two crates together, as their users see them, and the log that they record in.
//!
//! # The log
//!
//! Each thread, so each test, has a log of its own. [`release`], [`release_async`], [`abort`] and
//! [`Ordinary`] write to it, a test's own releases call [`log`], and [`logged`] takes it as one text:
//!
//! | entry | written by |
//! |---|---|
//! | `a` | the release of `Handle::new("a")`, `Handle::failing("a")` or `Handle::panicking("a")` |
//! | `(a` | the future of an asynchronous release of `a`, as it begins; `a` follows when it ends |
//! | `!a` | the final release of `a`, by [`abort`] |
//! | `~o` | the drop of the ordinary value `Ordinary("o")` |
//! | `~3!` | the drop of `Ordinary("3!")`, which then panics |
//! | `10` | `log(10)` in a closure of the test |
//!
//! [`refuse`] makes releases fail by their names, and [`panic_at`] makes any entry panic.
//!
//! A *report* is what the drop hook received, after [`record_reports`]. [`reported`] takes the reports as
//! texts: the type's name, then `forgotten` if it was, then the error in brackets. `[""; 0]` means none.
//!
//! ```
//! use dispose_core::Dispose;
//! use dispose_tests::{Handle, Ordinary, record_reports, logged, panic_of, release, reported};
//!
//! #[derive(Dispose)]
//! struct Three {
//!     ordinary: Ordinary,
//!     #[unmanaged(release = release)]
//!     a: Option<Handle>,
//!     #[unmanaged(release = release)]
//!     b: Option<Handle>,
//! }
//!
//! record_reports();
//! let three = |b| Three { ordinary: Ordinary("o"), a: Some(Handle::failing("a")), b: Some(b) };
//! drop(three(Handle::new("b")));
//! assert_eq!(logged(), "b a ~o"); // `b`, which is declared last, was released first
//! assert_eq!(reported(), ["Three [failed to dispose `Three`: a: a refused]"]);
//!
//! assert_eq!(panic_of(|| three(Handle::panicking("b")).dispose()).unwrap(), "b panicked");
//! assert_eq!(logged(), "b a ~o"); // after the panic, the rest is still released
//! assert_eq!(reported(), ["Three [failed to dispose `Three`: a: a refused]"]);
//! ```
//!
//! A test takes all that it records: when its thread ends, an entry or a report that is left fails the
//! run. So an assertion says what each step does, and nothing is emptied unseen.

// There, because the tests of dispose-core cannot depend on this package.
#[path = "../../dispose-core/tests/support/mod.rs"]
mod support;

use dispose_core::{DisposeError, Failure};

pub use support::*;

/// Returns the paths of the failures.
#[must_use]
pub fn paths(error: &DisposeError) -> Vec<&str> {
    error.failures().map(Failure::path).collect()
}

#[doc = include_str!("../../dispose-core/docs/reports.md")]
#[cfg(doctest)]
pub struct Reports;

#[doc = include_str!("../../dispose-core/docs/pinned.md")]
#[cfg(doctest)]
pub struct Pinned;
