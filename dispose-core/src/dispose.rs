//! The traits `Dispose` and `Close`, and their contract.

use core::any::TypeId;

use crate::disposal::{self, Disposal};
use crate::failures::Attempt;
use crate::hook;
use crate::type_name::{self, Internal};
use crate::{DisposeError, Disposed, Failures, type_id};

/// An owner of unmanaged resources that can be released in place.
///
/// Derived by [`#[derive(Dispose)]`](macro@crate::Dispose). A hand-written impl calls
/// [`Failures::record`] and [`Failures::nest`], and follows the same rules as the derive:
///
/// * release in reverse order of acquisition;
/// * empty a field *before* its release runs, so that no path can release it twice;
/// * keep going after a failure: record it and release the rest;
/// * keep what a refused value may still use: record the failure, put the value back and return. Do
///   so only if the caller can try again (see [`Failures::is_last_attempt`]). Return also if
///   [`Failures::is_stopped`] is true.
///
/// If a release panics, [`release_all`](Self::release_all) is called once more while the panic
/// unwinds, and releases what is left. A type that holds resources also needs a `Drop` that calls
/// [`dispose`](Self::dispose).
///
/// ```
/// use dispose_core::{Dispose, Failures};
/// # fn close(_fd: i32) -> std::io::Result<()> { Ok(()) }
///
/// struct Pair { input: Option<i32>, output: Option<i32> }
///
/// impl Dispose for Pair {
///     fn release_all(&mut self, failures: &mut Failures) {
///         if let Some(fd) = self.output.take() {
///             failures.record("output", close(fd));
///         }
///         if let Some(fd) = self.input.take() {
///             failures.record("input", close(fd));
///         }
///     }
///     fn is_disposed(&self) -> bool {
///         self.input.is_none() && self.output.is_none()
///     }
/// }
///
/// let mut pair = Pair { input: Some(3), output: Some(4) };
/// pair.dispose()?;
/// assert!(pair.ensure_live().is_err());
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be disposed",
    label = "does not implement `Dispose`",
    note = "a part that is only `Close`: make the field an `Option` with `#[unmanaged(release = Close::close)]`; a `Vec` of such parts: `#[unmanaged(each, release = Close::close)]`",
    note = "an owner that is disposed in place: `#[derive(Dispose)]` on it",
    note = "a handle of a library: `#[unmanaged(release = …)]` instead of `#[dispose]`",
    note = "a field that is not yours to release, or that an `Rc` or `Arc` shares: `#[dispose(skip)]`",
    note = "a parameter of the type, or a type that it names: a bound where the type is declared, such as `T: Dispose` or `where T::Part: Dispose`",
    note = "a `Shared` has a `dispose(&self)` of its own, also in an `Arc`, after which no lease is given out"
)]
pub trait Dispose {
    /// Releases what is still held, in reverse order, and records each failure in `failures`.
    ///
    /// The derive writes this method. Call [`dispose`](Self::dispose) instead.
    fn release_all(&mut self, failures: &mut Failures);

    /// Returns `true` if nothing is left to release.
    fn is_disposed(&self) -> bool;

    /// Releases everything that is still held, in reverse order of declaration.
    ///
    /// A second call does nothing and returns `Ok`.
    ///
    /// # Errors
    ///
    /// Returns an error with all failures, in the order they happened. A failure does not stop the
    /// other releases, unless it leaves the resource alive (`on_error = keep`). Then what is declared
    /// before that field may still be in use. It stays for the next call or for `Drop`.
    fn dispose(&mut self) -> Result<(), DisposeError> {
        disposal::dispose::<InPlace, _>(self, Attempt::Repeatable)
    }

    /// Returns `self` if something is still held.
    ///
    /// A method calls this before it uses a handle.
    ///
    /// # Errors
    ///
    /// Returns [`Disposed`], which names the type, once nothing is left to release.
    fn ensure_live(&self) -> Result<&Self, Disposed>
    where
        Self: Sized,
    {
        if self.is_disposed() { Err(Disposed::new(self.__type_path(Internal))) } else { Ok(self) }
    }

    // A container returns the path of the value inside.
    #[doc(hidden)]
    fn __type_path(&self, _: Internal) -> &'static str {
        type_name::path::<Self>()
    }

    // The type whose `release_all` runs when this one's is called.
    #[doc(hidden)]
    fn __type_id(&mut self, _: Internal) -> TypeId {
        type_id::of::<Self>()
    }
}

/// The way to dispose of a value that stays.
pub(crate) struct InPlace;

impl<T: Dispose + ?Sized> Disposal<T> for InPlace {
    #[inline]
    fn release(value: &mut T, failures: &mut Failures) {
        value.release_all(failures);
    }
    #[inline]
    fn is_released(value: &T) -> bool {
        value.is_disposed()
    }
    fn type_id(value: &mut T) -> TypeId {
        value.__type_id(Internal)
    }
    fn type_path(value: &T) -> &'static str {
        value.__type_path(Internal)
    }
}

/// An owner that is released by value. A use after the release is a compile error.
///
/// Derived by [`#[derive(Close)]`](macro@crate::Close), and implemented for every
/// [`Dispose`](trait@Dispose) type.
///
/// ```compile_fail,E0382
/// # use dispose_core::Close;
/// # fn close(_: i32) {}
/// #[derive(Close)]
/// struct Socket { #[unmanaged(release = close, always)] id: i32 }
///
/// let socket = Socket { id: 7 };
/// socket.close()?;
/// println!("{}", socket.id); // borrow of moved value
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// With `#[dispose(error = E)]` a derived type also has an inherent `close`, which needs no import and
/// returns an `E`. `Close::close(value)` calls the method of this trait. A hand-written impl makes its
/// error with [`DisposeError::new`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be closed",
    label = "implements neither `Close` nor `Dispose`",
    note = "a handle type that is handed out: `#[derive(Close)]` on it; an owner that is disposed in place: `#[derive(Dispose)]`",
    note = "a `Box` of a handle that is only `Close`: `release = |handle| handle.close()`",
    note = "a collection of handles: `each`"
)]
pub trait Close: Sized {
    /// Releases everything that is held and consumes the value.
    ///
    /// This is the last attempt: a field with `on_error = keep` is tried once and not put back.
    ///
    /// # Errors
    ///
    /// Returns an error with all failures, in the order they happened.
    fn close(self) -> Result<(), DisposeError>;
}

#[diagnostic::do_not_recommend]
impl<T: Dispose> Close for T {
    #[inline]
    fn close(mut self) -> Result<(), DisposeError> {
        let closed = disposal::dispose::<InPlace, _>(&mut self, Attempt::Close);
        disposal::drop_rest(self, closed)
    }
}

/// Closes `value` where no caller gets the error, which goes to the hook.
#[inline]
pub(crate) fn close_unseen(value: impl Close) {
    if let Err(error) = value.close() {
        hook::report_error(error);
    }
}
