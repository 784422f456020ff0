//! What `#[derive(Close)]` is built on: a value that is released once, by `close(self)` or `Drop`.

use core::any::TypeId;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use crate::disposal::{self, Disposal};
use crate::failures::Attempt;
use crate::hook::DropReport;
use crate::{DisposeError, Failures, SafeHandle, TryCloseError, type_id, type_name};

/// Proof that a `T` is on its way out: made only here, and handed to `T`'s own impl. Safe code thus
/// cannot release another's value twice.
pub struct Token<'a, T>(PhantomData<&'a mut T>);

/// A value whose resources are released once, and whose other fields are ordinary Rust.
///
/// # Safety
///
/// `drop_ordinary` calls [`Ordinary::guard`] on fields of `self` alone, once for each at most.
/// `may_stay` is true only of a value that has one tracked field.
pub unsafe trait ByValue: Sized {
    /// What only the type's own impls can make: `Drop` and `forget` prove by it that they are meant.
    type Key;

    /// Releases the tracked fields, newest first.
    fn release_all(&mut self, failures: &mut Failures, token: Token<'_, Self>);

    /// Whether nothing is left to release.
    fn is_released(&self) -> bool;

    /// Whether the only tracked field may stay, so that the value can be tried again. Another value
    /// would come back with some fields released, and release those that are `always` a second time.
    #[inline]
    fn may_stay(&self) -> bool {
        false
    }

    /// Drops the fields that are not tracked, in the order of their declaration.
    fn drop_ordinary(&mut self, fields: Ordinary<'_, Self>);
}

/// The value is on its way out.
struct Once;

impl<T: ByValue> Disposal<T> for Once {
    #[inline]
    fn release(value: &mut T, failures: &mut Failures) {
        value.release_all(failures, Token(PhantomData));
    }
    #[inline]
    fn is_released(value: &T) -> bool {
        value.is_released()
    }
    fn type_id(_: &mut T) -> TypeId {
        type_id::of::<T>()
    }
    fn type_path(_: &T) -> &'static str {
        type_name::path::<T>()
    }
}

/// `Close::close` of a derived type.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "hidden")]
pub fn close<T: ByValue>(value: T) -> Result<(), DisposeError> {
    // Its own `Drop` does not run, so nothing is released twice.
    let mut value = ManuallyDrop::new(value);
    let rest = Rest(&mut value);
    let closed = disposal::dispose::<Once, T>(rest.0, Attempt::Close);
    disposal::drop_rest(rest, closed)
}

/// `TryClose::try_close` of a derived type, which closes what cannot come back.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "hidden")]
pub fn try_close<T: ByValue>(value: T) -> Result<(), TryCloseError<T>> {
    let attempt = if value.may_stay() { Attempt::Repeatable } else { Attempt::Close };
    let mut tried = Tried { value: Some(value), stayed: false };
    let closed = disposal::dispose::<Once, _>(&mut tried, attempt);
    let alive = if tried.stayed { tried.value.take() } else { None };
    disposal::drop_rest(tried, closed).map_err(|error| TryCloseError::new(alive, error))
}

/// A value that stays if its release is refused, and else is gone.
struct Tried<T: ByValue> {
    value: Option<T>,
    stayed: bool,
}

impl<T: ByValue> Drop for Tried<T> {
    /// Of a value that is gone the ordinary fields are dropped, and not it itself. After a panic a value
    /// that stayed cannot come back; its own `Drop` is its last attempt.
    #[inline]
    fn drop(&mut self) {
        match self.value.take() {
            Some(value) if self.stayed => drop(value),
            Some(value) => drop(Rest(&mut ManuallyDrop::new(value))),
            None => {}
        }
    }
}

impl<T: ByValue> Disposal<Tried<T>> for Once {
    #[inline]
    fn release(tried: &mut Tried<T>, failures: &mut Failures) {
        if let Some(value) = &mut tried.value {
            value.release_all(failures, Token(PhantomData));
        }
        tried.stayed = failures.is_stopped();
    }
    #[inline]
    fn is_released(tried: &Tried<T>) -> bool {
        tried.value.as_ref().is_none_or(T::is_released)
    }
    fn type_id(_: &mut Tried<T>) -> TypeId {
        type_id::of::<T>()
    }
    fn type_path(_: &Tried<T>) -> &'static str {
        type_name::path::<T>()
    }
}

/// A type with `#[dispose(forget)]`, under either derive.
///
/// # Safety
///
/// As of [`ByValue`], for `drop_untracked`.
pub unsafe trait Forget: Sized {
    /// As of [`ByValue`].
    type Key;

    /// Drops the fields that are not tracked, in the order of their declaration.
    fn drop_untracked(&mut self, fields: Ordinary<'_, Self>);
}

/// `forget` of a derived type: drops what is not tracked and touches no tracked field.
#[inline]
pub fn forget<T: Forget>(value: T, _: T::Key) {
    ManuallyDrop::new(value).drop_untracked(Ordinary(PhantomData));
}

/// A derived safe handle whose field is `always`.
pub trait GiveUp: SafeHandle {
    /// As of [`ByValue`]: an `into_raw` by hand may keep the other fields alive.
    type Key;
}

/// `SafeHandle::into_raw` of a derived type: drops the ordinary fields, without a release.
#[inline]
pub fn give_up_handle<T: ByValue + GiveUp>(value: T, _: <T as GiveUp>::Key) {
    drop(Rest(&mut ManuallyDrop::new(value)));
}

/// The ordinary fields, which go after the release, also when that panics.
struct Rest<'a, T: ByValue>(&'a mut ManuallyDrop<T>);

impl<T: ByValue> Drop for Rest<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.drop_ordinary(Ordinary(PhantomData));
    }
}

/// `Drop::drop` of a derived type. The key says that nothing but its fields' own drop follows.
#[inline]
pub fn drop_by_value<T: ByValue>(value: &mut T, _: T::Key) {
    let _ = disposal::drop::<Once, T>(value, false, crate::hook::report);
}

/// [`drop_by_value`] that reports a forgotten value, or reports elsewhere.
#[inline]
pub fn drop_by_value_to<T: ByValue>(
    value: &mut T,
    _: T::Key,
    explicit: bool,
    report: impl Fn(&DropReport),
) {
    let _ = disposal::drop::<Once, T>(value, explicit, report);
}

/// Proof that the ordinary fields of a `T` are on their way out: made only here, where neither the
/// `T` nor its `Drop` is reached again.
pub struct Ordinary<'a, T>(PhantomData<&'a mut T>);

impl<T> Ordinary<'_, T> {
    /// Drops `field` when the guard goes out of scope.
    #[inline]
    pub fn guard<'f, F>(&self, field: &'f mut F) -> Guard<'f, F> {
        Guard(field)
    }
}

/// A field that is dropped in place when this goes out of scope.
pub struct Guard<'f, F>(&'f mut F);

impl<F> Drop for Guard<'_, F> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: an `Ordinary` is only handed to an impl of `ByValue` or `Forget`, whose author promised
        // that this is a field of the value and that it has no other guard. The value is in a
        // `ManuallyDrop` that is neither used nor dropped afterwards: in `Rest::drop` and in `forget`.
        unsafe { core::ptr::drop_in_place(self.0) }
    }
}
