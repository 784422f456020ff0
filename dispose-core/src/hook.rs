//! The drop hook, which receives the errors of `Drop`.

use core::fmt;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::{DisposeError, type_name};

/// A report of one dropped value, which the drop hook or `on_drop = P` receives.
#[derive(Debug)]
pub struct DropReport {
    type_path: &'static str,
    error: Option<DisposeError>,
    forgotten: bool,
}

impl DropReport {
    pub(crate) fn new(
        type_path: &'static str,
        error: Option<DisposeError>,
        forgotten: bool,
    ) -> Self {
        Self { type_path, error, forgotten }
    }

    /// Returns the bare identifier of the type that was dropped.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        type_name::bare(self.type_path)
    }

    /// Returns the type's full path, as [`core::any::type_name`] does: `my_crate::db::Connection`.
    ///
    /// A hook can send the report to the logger of the type's crate by it.
    ///
    /// ```
    /// # use dispose_core::DropReport;
    /// fn target(report: &DropReport) -> &'static str {
    ///     report.type_path().split("::").next().unwrap_or_default()
    /// }
    /// ```
    #[must_use]
    pub fn type_path(&self) -> &'static str {
        self.type_path
    }

    /// Returns the error of the release, or `None` if the value is only reported as forgotten.
    #[must_use]
    pub fn error(&self) -> Option<&DisposeError> {
        self.error.as_ref()
    }

    /// Returns `true` if the value was dropped while it held something that had to be released before.
    ///
    /// In a type with `#[dispose(explicit)]` that is anything. In every type it is a field that has
    /// only `release_async`, whose path is also in [`error`](Self::error).
    #[must_use]
    pub fn forgotten(&self) -> bool {
        self.forgotten
    }
}

impl fmt::Display for DropReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, self.forgotten) {
            (None, _) => write!(f, "`{}` was dropped without being disposed", self.type_name()),
            (Some(error), false) => error.fmt(f),
            (Some(error), true) => {
                write!(f, "`{}` was dropped without being disposed, and {error}", self.type_name())
            }
        }
    }
}

/// The user's `fn(&DropReport)`; null stands for the default.
static HOOK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets the function that receives failures in `Drop`, and forgotten `#[dispose(explicit)]` values.
///
/// One hook serves the whole program, on every thread. `None` sets the default again: one line on
/// standard error with the feature `std`, nothing without it. On `wasm32-unknown-unknown` standard
/// error goes nowhere, so a program for it sets a hook.
///
/// [Recipes for `log`, `tracing` and the browser](crate::guide::reports) are on a page of their own.
///
/// The hook runs inside a `Drop`, so it should not panic.
///
/// ```standalone_crate
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
///
/// # A hook with state
///
/// A value may be dropped as long as the program runs, so what a hook uses must live as long. A
/// `static` holds it, and the hook names it:
///
/// ```standalone_crate
/// # #[cfg(feature = "std")] {
/// use std::fs::File;
/// use std::io::Write as _;
/// use std::sync::OnceLock;
/// # use dispose_core::Dispose;
/// # fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::BrokenPipe.into()) }
/// # #[derive(Dispose)]
/// # struct Log { #[unmanaged(release = close)] fd: Option<i32> }
///
/// fn report_to(file: File) {
///     static FILE: OnceLock<File> = OnceLock::new();
///     let _ = FILE.set(file); // the first stays
///     dispose_core::set_drop_hook(Some(|report| {
///         let Some(mut file) = FILE.get() else { return };
///         let _ = writeln!(file, "{report}");
///     }));
/// }
/// # let path = std::env::temp_dir().join(format!("dispose-hook-{}", std::process::id()));
/// # report_to(File::create(&path).unwrap());
/// # drop(Log { fd: Some(1) });
/// # assert!(std::fs::read_to_string(&path).unwrap().starts_with("failed to dispose `Log`: fd: "));
/// # std::fs::remove_file(path).unwrap();
/// # }
/// ```
///
/// State of one thread goes into a `thread_local!`. The hook reads it by `try_with`, because a value may
/// also be dropped while the thread ends. A hook that locks its state unlocks it before it drops a
/// disposable, because that may call the hook again.
pub fn set_drop_hook(hook: Option<fn(&DropReport)>) {
    HOOK.store(hook.map_or(ptr::null_mut(), |hook| hook as *mut ()), Ordering::Release);
}

/// Hands the hook an error of a `close` that no caller gets.
#[cold]
#[inline(never)]
pub(crate) fn report_error(error: DisposeError) {
    report(&DropReport::new(error.type_path(), Some(error), false));
}

/// Reports forgotten values only: `on_drop = ignore`.
pub fn ignore_errors(of: &DropReport) {
    if of.forgotten {
        report(&DropReport::new(of.type_path, None, true));
    }
}

/// Hands a report to the hook.
pub fn report(report: &DropReport) {
    let hook = HOOK.load(Ordering::Acquire);
    if hook.is_null() {
        default(report);
    } else {
        // SAFETY: only `set_drop_hook` stores to `HOOK`: null, or a `fn(&DropReport)` cast to a pointer, which
        // keeps its provenance. Both have one size, or `transmute` would not compile.
        let hook = unsafe { mem::transmute::<*mut (), fn(&DropReport)>(hook) };
        hook(report);
    }
}

#[cfg(feature = "std")]
fn default(report: &DropReport) {
    // In one write, so that threads do not mix their lines. Where standard error cannot be written
    // to, nothing is left to do, and a `Drop` must not panic.
    let line = std::format!("{report}\n");
    let _ = write_line(line.as_bytes());
}

/// Writes past the lock of `std::io::stderr`: the thread that holds it may be waiting for this `Drop`. Where no
/// descriptor is left for that, it waits for the lock.
#[cfg(all(feature = "std", unix))]
fn write_line(line: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;
    let mut stderr = std::io::stderr();
    match stderr.as_fd().try_clone_to_owned() {
        Ok(own) => std::fs::File::from(own).write_all(line),
        Err(_) => stderr.write_all(line),
    }
}

#[cfg(all(feature = "std", not(unix)))]
fn write_line(line: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    std::io::stderr().write_all(line)
}

#[cfg(not(feature = "std"))]
fn default(_: &DropReport) {}
