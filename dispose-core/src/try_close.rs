//! Releases by value that may be refused.

use core::error::Error;
use core::fmt;

use crate::disposal;
use crate::dispose::InPlace;
use crate::failures::Attempt;
use crate::{Dispose, DisposeError};

/// An owner that is released by value, and comes back if its release is refused.
///
/// For releases that fail without releasing: a database with open statements, a context that is in
/// use. [`close(self)`](crate::Close::close) is their last attempt. `try_close` can be repeated.
///
/// Implemented for every [`Dispose`](trait@Dispose) type, and for a type with `#[derive(Close)]` whose
/// only tracked field is `on_error = keep` or `keep_if`.
/// With `#[dispose(error = E)]` the type also has an inherent `try_close`.
///
/// ```
/// use dispose_core::{Close, TryClose, status};
/// # mod sys {
/// #     thread_local!(static BUSY: std::cell::Cell<i32> = const { std::cell::Cell::new(1) });
/// #     pub fn term(_: u32) -> i32 { BUSY.replace(0) }
/// # }
///
/// #[derive(Close)]
/// struct Context {
///     #[unmanaged(release = sys::term, check = status::zero, on_error = keep, always)]
///     id: u32,
/// }
///
/// let (context, error) = Context { id: 1 }.try_close().unwrap_err().into_parts();
/// assert_eq!(error.to_string(), "failed to dispose `Context`: id: status 1");
/// context.expect("refused, and alive").try_close()?;
/// # Ok::<(), dispose_core::TryCloseError<Context>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be refused its release",
    label = "does not implement `TryClose`",
    note = "`derive(Close)` implements it where the only tracked field is `on_error = keep` or `keep_if`",
    note = "every `Dispose` type has it"
)]
pub trait TryClose: Sized {
    /// Releases what is held, and returns the value in the error if it is still alive.
    ///
    /// A `Dispose` value comes back if it still holds something, a `Close` one if its release was
    /// refused. Otherwise it is gone, and its ordinary fields are dropped. The `Drop` of a value that
    /// came back is its last attempt. `try_close` does not call a field's `drop = G`.
    ///
    /// # Errors
    ///
    /// Returns a [`TryCloseError`] with all failures, in the order they happened, and with the value if
    /// it is alive.
    fn try_close(self) -> Result<(), TryCloseError<Self>>;
}

/// A trait in between, so that a [`Close`](trait@crate::Close) type without `try_close` has a message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `try_close`",
    label = "its release cannot be refused",
    note = "a handle with `derive(Close)`: `try_close` comes with `on_error = keep` or `keep_if` on its only tracked field; `close()` says what failed as well",
    note = "an owner with `derive(Dispose)` always has it"
)]
#[doc(hidden)]
pub trait InPlaceOwner: Dispose {}
#[doc(hidden)]
impl<T: Dispose> InPlaceOwner for T {}

impl<T: InPlaceOwner> TryClose for T {
    #[inline]
    fn try_close(mut self) -> Result<(), TryCloseError<Self>> {
        match disposal::dispose::<InPlace, _>(&mut self, Attempt::Repeatable) {
            Ok(()) => Ok(()),
            Err(error) if self.is_disposed() => Err(TryCloseError::new(None, error)),
            Err(error) => Err(TryCloseError::new(Some(self), error)),
        }
    }
}

/// An error of [`TryClose::try_close`], with the value if that is still alive.
///
/// `Display` is that of the [`DisposeError`] in it. Dropping it drops the value, whose `Drop` is the
/// last attempt.
pub struct TryCloseError<T> {
    value: Option<T>,
    error: DisposeError,
}

impl<T> TryCloseError<T> {
    #[inline]
    pub(crate) fn new(value: Option<T>, error: DisposeError) -> Self {
        Self { value, error }
    }

    /// Returns the error, with all failures.
    #[must_use]
    pub fn error(&self) -> &DisposeError {
        &self.error
    }

    /// Returns the value, if it is still alive, and the error.
    #[must_use = "dropping the value is its last attempt"]
    pub fn into_parts(self) -> (Option<T>, DisposeError) {
        (self.value, self.error)
    }
}

impl<T> fmt::Debug for TryCloseError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryCloseError")
            .field("alive", &self.value.is_some())
            .field("error", &self.error)
            .finish()
    }
}

impl<T> fmt::Display for TryCloseError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> Error for TryCloseError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}
