//! The errors that a caller receives when a release fails.

use core::any::TypeId;
use core::error::Error;
use core::fmt;

use crate::path::Path;
use crate::type_name;

#[cfg(feature = "alloc")]
mod done;
#[cfg(feature = "alloc")]
#[path = "error/with_alloc.rs"]
mod store;
#[cfg(not(feature = "alloc"))]
#[path = "error/without_alloc.rs"]
mod store;

#[cfg(feature = "alloc")]
pub(crate) use self::done::{Done, DoneOutcome};
pub(crate) use self::store::List;
use self::store::Store;

/// An error with all failures of one disposal.
///
/// The other fields were released, except those that a kept child may still use.
///
/// It has at least one failure, and is one pointer in size. Without `alloc` it is larger, and has only
/// [`type_name`](Self::type_name), [`len`](Self::len), and [`first`](Self::first) with its path.
///
/// `Display` writes one line with the type, the paths and the causes. The failures are in that line
/// already, so `source()` skips them and returns the *source* of the first failure's error. A printer of
/// error chains then prints each cause once.
///
/// ```
/// # use dispose_core::Dispose;
/// # use std::io;
/// # fn close(_: i32) -> io::Result<()> { Err(io::ErrorKind::BrokenPipe.into()) }
/// #[derive(Dispose)]
/// struct Log { #[unmanaged(release = close)] fd: Option<i32> }
///
/// let error = Log { fd: Some(1) }.dispose().unwrap_err();
/// assert_eq!(error.to_string(), "failed to dispose `Log`: fd: broken pipe");
/// assert_eq!(error.first().path(), "fd");
/// assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::BrokenPipe);
/// ```
pub struct DisposeError(Store);

impl DisposeError {
    /// Returns `None` if nothing has failed.
    pub(crate) fn of(type_path: &'static str, list: List) -> Option<Self> {
        Store::of(type_path, list).map(Self)
    }

    /// Returns the bare identifier of the type that was disposed.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        type_name::bare(self.type_path())
    }

    pub(crate) fn type_path(&self) -> &'static str {
        self.0.type_path()
    }

    /// Returns the number of releases that failed, at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the failure that happened first.
    #[must_use]
    pub fn first(&self) -> &Failure {
        self.0.first()
    }
}

/// A failed release: its place in the value, and its error.
pub struct Failure {
    path: Path,
    #[cfg(feature = "alloc")]
    error: alloc::boxed::Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// Returns the place in the value: `db`, `0`, `session.socket`, `pool[3].fd`, `before`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.as_str()
    }
}

/// Notes of a disposal beside its failures, on rare occasions.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    /// Something was given up that only an asynchronous disposal could have released.
    pub(crate) forgotten: bool,
    /// The type whose pass panicked, until the pass after that begins.
    pub(crate) resumes: Option<TypeId>,
    /// A part that need not be reached.
    #[cfg(feature = "alloc")]
    pub(crate) done: Option<Done>,
}

/// An error for the use of a value that holds nothing.
///
/// The value was disposed of, or was made from an invalid handle. Returned by
/// [`ensure_live`](crate::Dispose::ensure_live), [`as_raw`](crate::SafeHandle::as_raw) and the leases of a
/// `Shared`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposed {
    type_name: &'static str,
}

impl Disposed {
    #[cold]
    pub(crate) fn new(type_path: &'static str) -> Self {
        Self { type_name: type_name::bare(type_path) }
    }

    /// Returns the bare identifier of the value's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for Disposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has been disposed", self.type_name)
    }
}

impl Error for Disposed {}

/// The failure of a synchronous disposal where the resource has no synchronous release.
#[derive(Debug)]
pub(crate) struct AsyncOnly;

impl fmt::Display for AsyncOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("can only be released by `dispose_async`")
    }
}

impl Error for AsyncOnly {}
