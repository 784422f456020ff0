//! What `#[derive(Close)]` is built on: a value that is released once, by `close(self)` or `Drop`.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use crate::disposal::{self, Target, Telling};
use crate::{DisposeError, Failures};

/// Proof that a `T` is on its way out: made only by [`close`] and [`drop()`], and handed to `T`'s own
/// impl. Safe code thus can neither release a value twice nor drop the fields of another's.
pub struct Token<'a, T>(PhantomData<&'a mut T>);

/// A value whose resources are released once, and whose other fields are ordinary Rust.
pub trait ByValue: Sized {
    /// Releases the tracked fields, newest first.
    fn release_all(&mut self, failures: &mut Failures, token: Token<'_, Self>);

    /// Whether nothing is left to release.
    fn is_released(&self) -> bool;

    /// Drops the fields that are not tracked, in the order of their declaration.
    fn drop_ordinary(&mut self, token: Token<'_, Self>);
}

struct Released<'a, T>(&'a mut T);

impl<T: ByValue> Target for Released<'_, T> {
    #[inline]
    fn release(&mut self, failures: &mut Failures) {
        self.0.release_all(failures, Token(PhantomData));
    }
    fn type_name(&self) -> &'static str {
        disposal::bare_name::<T>()
    }
}

/// `Close::close` of a derived type.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "hidden")]
pub fn close<T: ByValue>(value: T) -> Result<(), DisposeError> {
    // Its own `Drop` does not run, so nothing is released twice.
    let mut rest = Rest(ManuallyDrop::new(value));
    disposal::finish(Released(&mut *rest.0))
}

/// Gives up what `value` holds without a release; its ordinary fields are dropped.
#[inline]
pub fn forget<T: ByValue>(value: T) {
    core::mem::drop(Rest(ManuallyDrop::new(value)));
}

/// The ordinary fields, which go after the release, also when that panics.
struct Rest<T: ByValue>(ManuallyDrop<T>);

impl<T: ByValue> Drop for Rest<T> {
    #[inline]
    fn drop(&mut self) {
        self.0.drop_ordinary(Token(PhantomData));
    }
}

/// `Drop::drop` of a derived type.
///
/// # Safety
///
/// `value` is being dropped: nothing but its fields' own drop follows.
#[inline]
pub unsafe fn drop<T: ByValue>(value: &mut T) {
    disposal::drop(Released(value), Telling { forgotten: false, errors: true });
}

/// [`drop()`] that tells of a value that was forgotten, or not of errors.
///
/// # Safety
///
/// As of [`drop()`].
#[inline]
pub unsafe fn drop_telling<T: ByValue>(value: &mut T, forgotten: bool, errors: bool) {
    let forgotten = forgotten && !value.is_released();
    disposal::drop(Released(value), Telling { forgotten, errors });
}

/// A field that is dropped in place when this goes out of scope.
pub struct Ordinary<'a, T>(&'a mut T);

impl<'a, T> Ordinary<'a, T> {
    /// # Safety
    ///
    /// `field` is neither used nor dropped afterwards.
    #[inline]
    pub unsafe fn new(field: &'a mut T) -> Self {
        Self(field)
    }
}

impl<T> Drop for Ordinary<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `new`'s caller promised that nobody else uses or drops the field.
        unsafe { core::ptr::drop_in_place(self.0) }
    }
}
