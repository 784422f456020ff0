//! Keeps every failure, with its path.

use alloc::boxed::Box;
use alloc::vec::{IntoIter, Vec};
use core::error::Error;
use core::fmt::{self, Write as _};
use core::mem::ManuallyDrop;
use core::slice::Iter;

use super::{DisposeError, Failure, Rare};
use crate::path::{At, Growing, Segment};
use crate::type_name;

/// The state that a disposal has only after a failure or a panic. It is one pointer, because each part that
/// is being released has one on the stack.
#[derive(Debug)]
pub(crate) struct List(Option<Box<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    failures: Vec<Failed>,
    rare: Rare,
}

/// A failure whose owners have not all added themselves to its path.
#[derive(Debug)]
struct Failed {
    path: Growing,
    error: Box<dyn Error + Send + Sync>,
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
        // SAFETY: called once, and a `ManuallyDrop` that is not used again drops nothing.
        unsafe { self.push(at, &mut error) }
    }

    /// Takes the error from its place and adds it.
    ///
    /// # Safety
    ///
    /// The caller does not use or drop `error` afterwards.
    // `extern "C"`, so that callers know that it does not unwind: where the releases do not
    // either, the second pass and its code go away. The error stays in its place until then, because its
    // type need not be one of C's. In an `Option` it would be twice as much code for each field.
    #[cold]
    #[inline(never)]
    #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
    unsafe extern "C" fn push<E: Error + Send + Sync + 'static>(
        &mut self,
        at: impl At,
        error: &mut ManuallyDrop<E>,
    ) {
        // SAFETY: the caller does not use or drop it afterwards.
        let error = unsafe { ManuallyDrop::take(error) };
        self.0.get_or_insert_default().push(at.segment(), Box::new(error));
    }

    /// Adds the failures of a part that is at `at`.
    pub(crate) fn append_below(&mut self, at: Segment<'_>, part: &mut Self) {
        let Some(mut part) = part.0.take() else { return };
        let failures = &mut self.0.get_or_insert_default().failures;
        for failure in &mut part.failures {
            failure.path.move_below(at);
        }
        // Most often the owner has none, and need not copy those of a part far down at each level.
        if failures.is_empty() {
            *failures = part.failures;
        } else {
            failures.append(&mut part.failures);
        }
    }
}

impl Contents {
    fn push(&mut self, at: Segment<'_>, error: Box<dyn Error + Send + Sync>) {
        match error.downcast::<DisposeError>() {
            Ok(part) => {
                self.failures.extend(part.into_failures().map(|Failure { path, error }| {
                    let mut path = Growing::from(path);
                    path.move_below(at);
                    Failed { path, error }
                }));
            }
            Err(error) => self.failures.push(Failed { path: Growing::new(at), error }),
        }
    }
}

pub(super) struct Store(Box<Stored>);

struct Stored {
    type_path: &'static str,
    failures: Vec<Failure>,
}

impl Store {
    pub(super) fn of(type_path: &'static str, list: List) -> Option<Self> {
        let contents = list.0.filter(|contents| !contents.failures.is_empty())?;
        Some(Self::finish(type_path, *contents))
    }

    fn finish(type_path: &'static str, contents: Contents) -> Self {
        let failures = contents.failures.into_iter();
        let failures =
            failures.map(|Failed { path, error }| Failure { path: path.finish(), error });
        Self(Box::new(Stored { type_path, failures: failures.collect() }))
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
        let mut contents = Contents::default();
        contents.push(Segment::Name(path), error.into());
        Self(Store::finish(type_name::path::<T>(), contents))
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
            displayed.or_else(|fmt::Error| f.write_str("(an error that cannot be displayed)"))?;
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
        f.debug_struct("Failure").field("path", &self.path()).field("error", &self.error).finish()
    }
}

impl Error for DisposeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.first().error().source()
    }
}
