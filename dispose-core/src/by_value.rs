//! The base of `#[derive(Close)]`: a value that is released once, by `close(self)` or `Drop`.

use core::any::TypeId;
use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use crate::disposal::{self, Disposal};
use crate::failures::Attempt;
use crate::hook::DropReport;
use crate::{DisposeError, Failures, SafeHandle, TryCloseError, type_id, type_name};

/// Proof that a `T` is on its way out: made only here, and handed to `T`'s own impl. Safe code thus
/// cannot release another's value twice.
///
/// It counts the fields that are moved out, `always` with a `ManuallyDrop`, for both passes.
///
/// As [`Ordinary`] it is `Copy`, so that its methods take it by value. To a method that borrows, the compiler
/// would prefer one of the same name from a trait in the user's scope.
pub struct Token<'a, T>(&'a Cell<usize>, PhantomData<&'a mut T>);

impl<T> Clone for Token<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Token<'_, T> {}

impl<T> Token<'_, T> {
    /// Lets nothing but the pass reach `field`, from here to the end of the pass.
    // By its own type: a reference to another would be dereferenced to the one that is meant.
    #[inline]
    pub fn hold<M: MovedOut>(self, field: &mut M) -> Held<'_, M::Value> {
        Held(field.as_it_is(type_name::Internal))
    }

    /// Moves the value out, if it is the next one: the fields of a value are numbered from 0 in the order
    /// of their release.
    ///
    /// # Safety
    ///
    /// Nothing reads the field afterwards, and this is the field of that number.
    #[inline]
    pub unsafe fn take<F>(self, index: usize, held: &mut Held<'_, F>) -> Option<F> {
        if self.0.get() != index {
            return None;
        }
        self.0.set(index + 1);
        // SAFETY: by the caller's promise this is the field of that number, and it is not read afterwards. It
        // is taken once, because the count outlives both passes over the value.
        Some(unsafe { ManuallyDrop::take(held.0) })
    }

    /// Returns `true` if the field of that number is moved out, which only the pass after a panic sees.
    #[inline]
    #[must_use]
    pub fn is_out(self, index: usize) -> bool {
        self.0.get() > index
    }
}

/// A `ManuallyDrop`, and no type that only dereferences to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `ManuallyDrop` of the standard library",
    label = "expected `core::mem::ManuallyDrop<T>`",
    note = "`unsafe(always)` moves a value out of that type alone"
)]
pub trait MovedOut {
    /// The type of the value in it.
    type Value;
    /// Returns `self`. Only this crate can name the parameter.
    fn as_it_is(&mut self, _: type_name::Internal) -> &mut ManuallyDrop<Self::Value>;
}

impl<F> MovedOut for ManuallyDrop<F> {
    type Value = F;
    #[inline]
    fn as_it_is(&mut self, _: type_name::Internal) -> &mut ManuallyDrop<F> {
        self
    }
}

/// A field that only the pass reaches.
pub struct Held<'f, F>(&'f mut ManuallyDrop<F>);

impl<F> Drop for Held<'_, F> {
    /// Does nothing. It uses the borrow at the end of the pass, also if a panic ends the pass.
    #[inline]
    fn drop(&mut self) {}
}

/// A type with a `Drop` of the language's. A method of a lookalike of `core` would run for whoever calls it, as
/// often as that is, and never when the value goes.
#[diagnostic::on_unimplemented(
    message = "`::core::ops::Drop` is not the language's trait",
    label = "has no `Drop`",
    note = "where this type is, `core` must be the crate of the standard library"
)]
pub trait HasDrop {
    /// Seals the trait: only this crate can name the parameter.
    fn sealed(_: type_name::Internal);
}

#[diagnostic::do_not_recommend]
#[expect(drop_bounds, reason = "the impl itself is what is asked for")]
impl<T: Drop + ?Sized> HasDrop for T {
    fn sealed(_: type_name::Internal) {}
}

/// A value whose resources are released once, and whose other fields are ordinary Rust.
///
/// # Safety
///
/// `drop_ordinary` calls [`Ordinary::guard`] on fields of `self` alone, once for each at most.
/// `may_stay` is true only of a value that has one tracked field.
///
/// Fields that are [moved out](Token::take) are fields of `self`, each with a number of its own, and
/// [held](Token::hold) to the end of `release_all`. A step before that in which other code may reach the
/// field does not run if it [is out](Token::is_out). Nothing else of the impl reads or drops them, and
/// `may_stay` is false of such a value.
#[doc(hidden)]
pub unsafe trait ByValue: Sized {
    /// A proof that only the type's own impls can make: `Drop` and `forget` show it.
    type Key;

    /// Releases the tracked fields, newest first.
    fn release_all(&mut self, failures: &mut Failures, token: Token<'_, Self>);

    /// Returns `true` if nothing is left to release.
    fn is_released(&self) -> bool;

    /// Returns `true` if the only tracked field may stay, so that the value can be tried again. With more
    /// tracked fields, some would be released already, and those that are `always` released a second time.
    #[inline]
    fn may_stay(&self) -> bool {
        false
    }

    /// Drops every field that is not `always`, tracked or not, in the order of their declaration.
    fn drop_ordinary(&mut self, fields: Ordinary<'_, Self>);

    /// Does what [`drop_by_value_to`] does, for a value with fields that are moved out. No other function
    /// receives such a value, because it could read them afterwards.
    ///
    /// The key has a `Drop` by the same path as the type. So the type's `Drop` is the language's, even if the
    /// author has written another one.
    #[inline]
    fn drop_held(&mut self, key: Self::Key, explicit: bool, report: impl Fn(&DropReport))
    where
        Self: HasDrop,
        Self::Key: HasDrop,
    {
        drop_by_value_to(self, key, explicit, report);
    }
}

/// A value on its way out, and how many of its fields are moved out.
struct Outgoing<'a, T>(&'a mut T, Cell<usize>);

/// The value is on its way out.
struct Once;

impl<T: ByValue> Disposal<Outgoing<'_, T>> for Once {
    #[inline]
    fn release(value: &mut Outgoing<'_, T>, failures: &mut Failures) {
        value.0.release_all(failures, Token(&value.1, PhantomData));
    }
    #[inline]
    fn is_released(value: &Outgoing<'_, T>) -> bool {
        value.0.is_released()
    }
    fn type_id(_: &mut Outgoing<'_, T>) -> TypeId {
        type_id::of::<T>()
    }
    fn type_path(_: &Outgoing<'_, T>) -> &'static str {
        type_name::path::<T>()
    }
}

/// Does what `Close::close` of a derived type does.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "hidden")]
pub fn close<T: ByValue>(value: T) -> Result<(), DisposeError> {
    // Its own `Drop` does not run, so nothing is released twice.
    let mut value = ManuallyDrop::new(value);
    let rest = Rest(&mut value);
    let mut value = Outgoing(&mut **rest.0, Cell::new(0));
    let closed = disposal::dispose::<Once, _>(&mut value, Attempt::Close);
    disposal::drop_rest(rest, closed)
}

/// Does what `TryClose::try_close` of a derived type does, and closes what cannot come back.
#[inline]
#[expect(clippy::missing_errors_doc, reason = "hidden")]
pub fn try_close<T: ByValue>(value: T) -> Result<(), TryCloseError<T>> {
    let attempt = if value.may_stay() { Attempt::Repeatable } else { Attempt::Close };
    let mut tried = Tried { value: Some(value), out: Cell::new(0), stayed: false };
    let closed = disposal::dispose::<Once, _>(&mut tried, attempt);
    let alive = if tried.stayed { tried.value.take() } else { None };
    disposal::drop_rest(tried, closed).map_err(|error| TryCloseError::new(alive, error))
}

/// A value that stays if its release is refused, and else is gone.
struct Tried<T: ByValue> {
    value: Option<T>,
    out: Cell<usize>,
    stayed: bool,
}

impl<T: ByValue> Drop for Tried<T> {
    /// Drops the ordinary fields of a value that is gone, without its own `Drop`. After a panic a value
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
            value.release_all(failures, Token(&tried.out, PhantomData));
        }
        // A `before` may have put another variant in the place of the one that was asked for.
        tried.stayed = failures.is_stopped() && tried.value.as_ref().is_some_and(T::may_stay);
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

/// Drops what is not tracked, and touches no tracked field: `forget` of a derived type.
#[inline]
pub fn forget<T: Forget>(value: T, _: T::Key) {
    ManuallyDrop::new(value).drop_untracked(Ordinary(PhantomData));
}

/// A derived safe handle whose field is `always`.
#[doc(hidden)]
pub trait GiveUp: SafeHandle {
    /// As of [`ByValue`]: an `into_raw` by hand may keep the other fields alive.
    type Key;
}

/// Drops the ordinary fields, without a release: `SafeHandle::into_raw` of a derived type.
#[inline]
pub fn give_up_handle<T: ByValue + GiveUp>(value: T, _: <T as GiveUp>::Key) {
    drop(Rest(&mut ManuallyDrop::new(value)));
}

/// The ordinary fields, which are dropped after the release, also when that panics.
struct Rest<'a, T: ByValue>(&'a mut ManuallyDrop<T>);

impl<T: ByValue> Drop for Rest<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.drop_ordinary(Ordinary(PhantomData));
    }
}

/// Does what `Drop::drop` of a derived type does. The key says that nothing but its fields' own drop
/// follows.
#[inline]
pub fn drop_by_value<T: ByValue + HasDrop>(value: &mut T, _: T::Key) {
    let mut value = Outgoing(value, Cell::new(0));
    disposal::in_drop::<Once, _>(&mut value, false, crate::hook::report);
}

/// Does what [`drop_by_value`] does, and reports a forgotten value, or reports elsewhere.
#[inline]
pub fn drop_by_value_to<T: ByValue + HasDrop>(
    value: &mut T,
    _: T::Key,
    explicit: bool,
    report: impl Fn(&DropReport),
) {
    let mut value = Outgoing(value, Cell::new(0));
    disposal::in_drop::<Once, _>(&mut value, explicit, report);
}

/// Proof that the ordinary fields of a `T` are on their way out: made only here, where neither the
/// `T` nor its `Drop` is reached again.
pub struct Ordinary<'a, T>(PhantomData<&'a mut T>);

impl<T> Clone for Ordinary<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ordinary<'_, T> {}

impl<T> Ordinary<'_, T> {
    /// Drops `field` when the guard goes out of scope.
    #[inline]
    pub fn guard<F>(self, field: &mut F) -> Guard<'_, F> {
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
