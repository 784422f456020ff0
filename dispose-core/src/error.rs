//! The errors that a caller receives when a release fails.

use core::any::TypeId;
use core::error::Error;
use core::fmt;

use crate::path::Path;
use crate::type_name;

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
    pub(crate) done: Option<crate::chain::Done>,
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

#[cfg(feature = "alloc")]
mod store {
    use alloc::boxed::Box;
    use alloc::vec::{IntoIter, Vec};
    use core::error::Error;
    use core::fmt::{self, Write as _};
    use core::mem::ManuallyDrop;
    use core::slice::Iter;

    use super::{DisposeError, Failure, Rare};
    use crate::path::{At, Path, Segment};
    use crate::type_name;

    /// The state that a disposal has only after a failure or a panic. It is one pointer, because each part that
    /// is being released has one on the stack.
    #[derive(Debug)]
    pub(crate) struct List(Option<Box<Contents>>);

    #[derive(Debug, Default)]
    pub(super) struct Contents {
        type_path: &'static str,
        failures: Vec<Failure>,
        rare: Rare,
    }

    impl List {
        #[inline]
        pub(crate) const fn new() -> Self {
            Self(None)
        }

        /// Returns `true` if there is neither a failure nor anything [`rare`](Self::rare).
        #[inline]
        pub(crate) fn is_untouched(&self) -> bool {
            self.0.is_none()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.as_ref().is_none_or(|contents| contents.failures.is_empty())
        }

        pub(crate) fn is_forgotten(&self) -> bool {
            self.0.as_ref().is_some_and(|contents| contents.rare.forgotten)
        }

        pub(crate) fn rare(&mut self) -> &mut Rare {
            &mut self.0.get_or_insert_default().rare
        }

        #[inline]
        pub(crate) fn fail<E: Error + Send + Sync + 'static>(&mut self, at: impl At, error: E) {
            let mut error = ManuallyDrop::new(error);
            // SAFETY: it is moved away, and not looked at here again.
            unsafe { self.push(at, &mut error) }
        }

        // `extern "C"`, so that callers know that it does not unwind: where the releases do not
        // either, the second pass and its code go away. It takes the error from its place, because its
        // type need not be one of C's. In an `Option` it would be twice as much code for each field.
        /// # Safety
        ///
        /// The error is gone afterwards.
        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
        unsafe extern "C" fn push<E: Error + Send + Sync + 'static>(
            &mut self,
            at: impl At,
            error: &mut ManuallyDrop<E>,
        ) {
            // SAFETY: the caller does not look at it again.
            let error = unsafe { ManuallyDrop::take(error) };
            self.0.get_or_insert_default().push(at.segment(), Box::new(error));
        }

        /// Adds the failures of a part that is at `at`.
        pub(crate) fn append_below(&mut self, at: Segment<'_>, part: &mut Self) {
            let Some(mut part) = part.0.take() else { return };
            let failures = &mut self.0.get_or_insert_default().failures;
            let below = failures.len();
            failures.append(&mut part.failures);
            move_below(at, &mut failures[below..]);
        }
    }

    impl Contents {
        fn push(&mut self, at: Segment<'_>, error: Box<dyn Error + Send + Sync>) {
            let failures = &mut self.failures;
            match error.downcast::<DisposeError>() {
                Ok(part) => {
                    let below = failures.len();
                    failures.extend(part.into_failures());
                    move_below(at, &mut failures[below..]);
                }
                Err(error) => failures.push(Failure { path: Path::new(at), error }),
            }
        }
    }

    fn move_below(at: Segment<'_>, failures: &mut [Failure]) {
        for failure in failures {
            failure.path = failure.path.below(at);
        }
    }

    pub(super) struct Store(Box<Contents>);

    impl Store {
        pub(super) fn of(type_path: &'static str, list: List) -> Option<Self> {
            let mut contents = list.0.filter(|contents| !contents.failures.is_empty())?;
            contents.type_path = type_path;
            Some(Self(contents))
        }

        pub(super) fn type_path(&self) -> &'static str {
            self.0.type_path
        }

        pub(super) fn len(&self) -> usize {
            self.0.failures.len()
        }

        pub(super) fn first(&self) -> &Failure {
            &self.0.failures[0]
        }
    }

    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    impl DisposeError {
        /// Creates an error, which a hand-written [`Close`](crate::Close) returns.
        ///
        /// `T` is the type whose release failed, and `path` the place in it, such as the field's name.
        /// `error` is any error, or a text. The failures of another `DisposeError` go below `path`. A
        /// hand-written [`Dispose`](trait@crate::Dispose) records its failures instead, by
        /// [`Failures::record`](crate::Failures::record).
        ///
        /// ```
        /// use dispose_core::{Close, DisposeError};
        /// # use std::fmt;
        /// # #[derive(Debug)]
        /// # pub struct SqlError(i32);
        /// # impl fmt::Display for SqlError {
        /// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "code {}", self.0) }
        /// # }
        /// # impl std::error::Error for SqlError {}
        ///
        /// pub struct Transaction { open: bool }
        ///
        /// impl Transaction {
        ///     /// The crate's own interface, with its own error.
        ///     pub fn commit(self) -> Result<(), SqlError> {
        ///         if self.open { Ok(()) } else { Err(SqlError(1)) }
        ///     }
        /// }
        ///
        /// /// For `using`, `Shared` and `DisposeStack`.
        /// impl Close for Transaction {
        ///     fn close(self) -> Result<(), DisposeError> {
        ///         self.commit().map_err(|error| DisposeError::new::<Self>("commit", error))
        ///     }
        /// }
        ///
        /// let error = Close::close(Transaction { open: false }).unwrap_err();
        /// assert_eq!(error.to_string(), "failed to dispose `Transaction`: commit: code 1");
        /// assert_eq!(error.downcast::<SqlError>().unwrap().0, 1);
        /// ```
        #[cold]
        #[must_use]
        pub fn new<T: ?Sized>(path: &str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
            let mut contents = Box::<Contents>::default();
            contents.type_path = type_name::path::<T>();
            contents.push(Segment::Name(path), error.into());
            Self(Store(contents))
        }

        /// Returns all failures, oldest first.
        pub fn failures(&self) -> Iter<'_, Failure> {
            self.0.0.failures.iter()
        }

        /// Returns the failure that happened last, which may also be the first.
        #[must_use]
        pub fn last(&self) -> &Failure {
            &self.0.0.failures[self.len() - 1]
        }

        /// Returns the first error of type `E` among the failures, or `None`.
        #[must_use]
        pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
            self.failures().find_map(|failure| failure.error.downcast_ref())
        }

        /// Returns the operating system's error number of the first failure that has one.
        ///
        /// A host language makes its own error from it. Returns `None` if no failure's error is an
        /// [`io::Error`](std::io::Error) with [a number](std::io::Error::raw_os_error). An `io::Error`
        /// inside another error is not found.
        ///
        /// ```
        /// # use dispose_core::Dispose;
        /// # use std::io;
        /// # fn close(_: i32) -> io::Result<()> { Err(io::Error::from_raw_os_error(28)) }
        /// #[derive(Dispose)]
        /// struct Log { #[unmanaged(release = close)] fd: Option<i32> }
        ///
        /// let error = Log { fd: Some(1) }.dispose().unwrap_err();
        /// assert_eq!(error.raw_os_error(), Some(28)); // `ENOSPC`, of a full disk
        /// ```
        #[cfg(feature = "std")]
        #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
        #[must_use]
        pub fn raw_os_error(&self) -> Option<i32> {
            self.failures()
                .find_map(|failure| failure.error.downcast_ref::<std::io::Error>()?.raw_os_error())
        }

        /// Returns the error itself, if it is the only failure and an `E`.
        ///
        /// With this a `close` keeps its own error type.
        ///
        /// # Errors
        ///
        /// Returns `self` if there are several failures, or the only one is not an `E`.
        pub fn downcast<E: Error + 'static>(mut self) -> Result<E, Self> {
            let failures = &mut self.0.0.failures;
            if failures.len() != 1 || !failures[0].error.is::<E>() {
                return Err(self);
            }
            match failures.remove(0).into_error().downcast() {
                Ok(error) => Ok(*error),
                Err(_) => unreachable!("its type was asked above"),
            }
        }

        /// Returns all failures by value, oldest first.
        #[must_use]
        pub fn into_failures(self) -> IntoIter<Failure> {
            self.0.0.failures.into_iter()
        }
    }

    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    impl Failure {
        /// Returns the error of the release.
        #[must_use]
        pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
            &*self.error
        }

        /// Returns the error of the release, by value.
        #[must_use]
        pub fn into_error(self) -> Box<dyn Error + Send + Sync> {
            self.error
        }
    }

    impl fmt::Display for DisposeError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "failed to dispose `{}`: ", self.type_name())?;
            for (n, failure) in self.failures().enumerate() {
                if n > 0 {
                    f.write_str("; ")?;
                }
                write!(f, "{}: ", failure.path())?;
                let mut line = OneLine { f, outcome: Ok(()) };
                let displayed = write!(line, "{}", failure.error);
                line.outcome?;
                // Where the writer works, it is the error that cannot be displayed, and a `Drop` that
                // reports it must not panic.
                displayed
                    .or_else(|fmt::Error| f.write_str("(an error that cannot be displayed)"))?;
            }
            Ok(())
        }
    }

    /// Errors of several lines become one.
    struct OneLine<'a, 'b> {
        f: &'a mut fmt::Formatter<'b>,
        outcome: fmt::Result,
    }

    impl fmt::Write for OneLine<'_, '_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
            let first = lines.next().map_or(Ok(()), |line| self.f.write_str(line));
            self.outcome = first.and_then(|()| {
                lines.try_for_each(|line| {
                    self.f.write_char(' ')?;
                    self.f.write_str(line)
                })
            });
            self.outcome
        }
    }

    impl fmt::Debug for DisposeError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("DisposeError")
                .field("type_name", &self.type_name())
                .field("failures", &self.0.0.failures)
                .finish()
        }
    }

    impl fmt::Debug for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Failure")
                .field("path", &self.path())
                .field("error", &self.error)
                .finish()
        }
    }

    impl Error for DisposeError {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.first().error().source()
        }
    }
}

#[cfg(not(feature = "alloc"))]
mod store {
    use core::error::Error;
    use core::fmt;
    use core::mem;

    use super::{DisposeError, Failure, Rare};
    use crate::path::{At, Path, Segment};

    /// Counts, and remembers where the first failure was.
    #[derive(Debug)]
    pub(crate) struct List {
        first: Option<Failure>,
        len: usize,
        rare: Option<Rare>,
    }

    impl List {
        #[inline]
        pub(crate) const fn new() -> Self {
            Self { first: None, len: 0, rare: None }
        }

        /// Returns `true` if there is neither a failure nor anything [`rare`](Self::rare).
        #[inline]
        pub(crate) fn is_untouched(&self) -> bool {
            self.is_empty() && self.rare.is_none()
        }

        #[inline]
        pub(crate) fn is_empty(&self) -> bool {
            self.len == 0
        }

        pub(crate) fn is_forgotten(&self) -> bool {
            self.rare.as_ref().is_some_and(|rare| rare.forgotten)
        }

        pub(crate) fn rare(&mut self) -> &mut Rare {
            self.rare.get_or_insert_default()
        }

        /// The error is dropped by this function's caller, where its `Drop` may panic.
        #[inline]
        pub(crate) fn fail<E: Error + Send + Sync + 'static>(&mut self, at: impl At, error: E) {
            self.push(at, &error);
            drop(error);
        }

        // `extern "C"`, so that callers know that it does not unwind: where the releases do not
        // either, the second pass and its code go away.
        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
        extern "C" fn push<E: Error + Send + Sync + 'static>(&mut self, at: impl At, error: &E) {
            let error: &(dyn Error + 'static) = error;
            let at = at.segment();
            let (path, len) = match error.downcast_ref::<DisposeError>() {
                Some(part) => (part.first().path.below(at), part.len()),
                None => (Path::new(at), 1),
            };
            self.add(path, len);
        }

        /// Adds the failures of a part that is at `at`.
        pub(crate) fn append_below(&mut self, at: Segment<'_>, part: &mut Self) {
            if let Some(first) = part.first.take() {
                self.add(first.path.below(at), mem::take(&mut part.len));
            }
        }

        fn add(&mut self, path: Path, len: usize) {
            self.first.get_or_insert(Failure { path });
            self.len += len;
        }
    }

    pub(super) struct Store {
        type_path: &'static str,
        first: Failure,
        len: usize,
    }

    impl Store {
        pub(super) fn of(type_path: &'static str, list: List) -> Option<Self> {
            Some(Self { type_path, first: list.first?, len: list.len })
        }

        pub(super) fn type_path(&self) -> &'static str {
            self.type_path
        }

        pub(super) fn len(&self) -> usize {
            self.len
        }

        pub(super) fn first(&self) -> &Failure {
            &self.first
        }
    }

    impl fmt::Display for DisposeError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "failed to dispose `{}`: {}", self.type_name(), self.first().path())?;
            match self.len() {
                1 => Ok(()),
                len => write!(f, " and {} more", len - 1),
            }
        }
    }

    impl fmt::Debug for DisposeError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("DisposeError")
                .field("type_name", &self.type_name())
                .field("len", &self.len())
                .field("first", self.first())
                .finish()
        }
    }

    impl fmt::Debug for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Failure").field("path", &self.path()).finish()
        }
    }

    impl Error for DisposeError {}
}
