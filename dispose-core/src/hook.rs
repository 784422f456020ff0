//! Where errors go that nobody can be handed: those of `Drop`.

use core::fmt;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::disposal::Telling;
use crate::{DisposeError, Failures};

/// What the drop hook is told of one value.
#[derive(Debug)]
pub struct DropReport {
    type_name: &'static str,
    error: Option<DisposeError>,
    forgotten: bool,
}

impl DropReport {
    /// The bare identifier of the type that was dropped.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// What failed while it was released.
    #[must_use]
    pub fn error(&self) -> Option<&DisposeError> {
        self.error.as_ref()
    }

    /// Whether a type that is `#[dispose(explicit)]` still held something when it was dropped, or any
    /// type something that has only `release_async`; the latter is in [`error`](Self::error) with
    /// its path.
    #[must_use]
    pub fn forgotten(&self) -> bool {
        self.forgotten
    }
}

impl fmt::Display for DropReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, self.forgotten) {
            (None, _) => write!(f, "`{}` was dropped without being disposed", self.type_name),
            (Some(error), false) => error.fmt(f),
            (Some(error), true) => {
                write!(f, "`{}` was dropped without being disposed, and {error}", self.type_name)
            }
        }
    }
}

/// The user's `fn(&DropReport)`; null stands for the default.
static HOOK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets what is told of failures in `Drop`, and of forgotten `#[dispose(explicit)]` values.
///
/// One hook serves the whole program, from any thread. `None` sets the default again: one line on
/// standard error with the feature `std`, nothing without it.
///
/// # Panics
///
/// Setting never panics. A hook that panics does so inside a `Drop`.
///
/// ```
/// # use dispose_core::Dispose;
/// # use std::sync::atomic::{AtomicUsize, Ordering};
/// # fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::BrokenPipe.into()) }
/// #[derive(Dispose)]
/// struct Log { #[unmanaged(release = close)] fd: Option<i32> }
///
/// static FAILED: AtomicUsize = AtomicUsize::new(0);
/// dispose_core::set_drop_hook(Some(|report| {
///     FAILED.fetch_add(report.error().map_or(0, |error| error.len()), Ordering::Relaxed);
/// }));
/// drop(Log { fd: Some(1) });
/// assert_eq!(FAILED.load(Ordering::Relaxed), 1);
/// ```
pub fn set_drop_hook(hook: Option<fn(&DropReport)>) {
    HOOK.store(hook.map_or(ptr::null_mut(), |hook| hook as *mut ()), Ordering::Release);
}

#[cold]
#[inline(never)]
pub(crate) fn report(type_name: &'static str, failures: Failures, telling: Telling) {
    let forgotten = telling.forgotten || failures.is_forgotten();
    let error = if failures.is_empty() || !telling.errors {
        None
    } else {
        Some(DisposeError::new(type_name, failures))
    };
    if error.is_none() && !forgotten {
        return;
    }
    tell(&DropReport { type_name, error, forgotten });
}

/// An error of a `close` whose caller cannot be handed it.
#[cold]
#[inline(never)]
pub(crate) fn report_error(error: DisposeError) {
    tell(&DropReport { type_name: error.type_name(), error: Some(error), forgotten: false });
}

fn tell(report: &DropReport) {
    let hook = HOOK.load(Ordering::Acquire);
    if hook.is_null() {
        default(report);
    } else {
        // SAFETY: only `set_drop_hook` stores to `HOOK`: null, or a `fn(&DropReport)`.
        let hook = unsafe { mem::transmute::<*mut (), fn(&DropReport)>(hook) };
        hook(report);
    }
}

#[cfg(feature = "std")]
fn default(report: &DropReport) {
    use std::io::Write as _;
    // In one write, so that threads do not mix their lines; where standard error cannot be written
    // to there is nobody left to tell, and a `Drop` must not panic.
    let line = std::format!("{report}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(not(feature = "std"))]
fn default(_: &DropReport) {}
