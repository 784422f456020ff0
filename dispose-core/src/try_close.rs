//! Releases by value that may be refused.

use core::error::Error;
use core::fmt;

use crate::disposal::{self, InPlace};
use crate::failures::Attempt;
use crate::{Dispose, DisposeError};

/// An owner that is released by value, and comes back where its release was refused.
///
/// For releases that fail without releasing: a database with open statements, a context that is in
/// use. [`close(self)`](crate::Close::close) is their last attempt. This one can be repeated.
///
/// Every [`Dispose`](trait@Dispose) type has it, and a type with `#[derive(Close)]` whose only tracked
/// field is `on_error = keep` or `keep_if`. With `#[dispose(error = E)]` the type has a `try_close` of its
/// own besides.
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
    /// Releases what is held. The value comes back in the error if it is still alive.
    ///
    /// A `Dispose` value comes back if it still holds something, a `Close` one if its release was
    /// refused. Otherwise it is gone, and its ordinary fields are dropped. A value that came back
    /// and is dropped has its last attempt in its `Drop`. A field's `drop = G` is not called here.
    ///
    /// # Errors
    ///
    /// [`TryCloseError`] with all failures, in the order they happened, and the value if it is alive.
    fn try_close(self) -> Result<(), TryCloseError<Self>>;
}

impl<T: Dispose> TryClose for T {
    #[inline]
    fn try_close(mut self) -> Result<(), TryCloseError<Self>> {
        match disposal::dispose(InPlace(&mut self), Attempt::Repeatable) {
            Ok(()) => Ok(()),
            Err(error) if self.is_disposed() => Err(TryCloseError::new(None, error)),
            Err(error) => Err(TryCloseError::new(Some(self), error)),
        }
    }
}

/// What [`TryClose::try_close`] returns when a release fails: the error, and the value if it is still
/// alive.
///
/// It displays as the [`DisposeError`] in it does. Dropping it drops the value, whose `Drop` is the
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

    /// Returns what failed.
    #[must_use]
    pub fn error(&self) -> &DisposeError {
        &self.error
    }

    /// Returns the value, if it is still alive, and what failed.
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
