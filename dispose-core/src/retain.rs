//! `clone = F`: a second owner of one resource, by the library's own reference count.

use core::convert::Infallible;
use core::error::Error;
use core::fmt::Display;
use core::marker::PhantomData;

use crate::type_name;

/// A result of `clone = F`, where the field holds a `V`. `Kind` keeps the impls apart.
#[diagnostic::on_unimplemented(
    message = "the field holds a `{V}`, and `clone` returned `{Self}`: a new handle, or the same one?",
    label = "expected `()`, `{V}`, or a `Result` of one of them with an error",
    note = "a new pointer, where the field is a `NonNull`: `clone = |p| NonNull::new(dup(p.as_ptr())).ok_or(MyError)`, with `MyError: Error`",
    note = "a new handle with a status: a closure that returns `Result<{V}, E>` with `E: Error`, such as `clone = |value| {{ let mut new = null_mut(); dispose_core::status::zero(duplicate(&mut new, value)).map(|()| new) }}`",
    note = "the same handle, and a status: a closure that checks it, such as `clone = |value| dispose_core::status::one(retain(value))`",
    note = "a `Result` with the status in it: `.map(drop)`, so that the error stays",
    note = "the same handle, and its count, as of `AddRef`: a closure that ignores it, such as `clone = |value| dispose_core::status::ignore(retain(value))`; never for a function that returns a new handle, which nothing would release"
)]
pub trait Retained<V, Kind> {
    /// The reason why a second owner does not exist.
    type Error: Display;

    /// Returns what the second owner holds, where the first holds `of`.
    fn value(self, of: V) -> Result<V, Self::Error>;
}

/// The same value is held by both.
pub struct Same;
/// The second owner holds what was returned.
pub struct Given;
/// The library may have refused.
pub struct Checked<Kind>(Kind);

#[diagnostic::do_not_recommend]
impl<V> Retained<V, Same> for () {
    type Error = Infallible;

    #[inline]
    fn value(self, of: V) -> Result<V, Infallible> {
        Ok(of)
    }
}

#[diagnostic::do_not_recommend]
impl<V> Retained<V, Given> for V {
    type Error = Infallible;

    #[inline]
    fn value(self, _: V) -> Result<V, Infallible> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<V, E: Error> Retained<V, Checked<Same>> for Result<(), E> {
    type Error = E;

    #[inline]
    fn value(self, of: V) -> Result<V, E> {
        self.map(|()| of)
    }
}

#[diagnostic::do_not_recommend]
impl<V, E: Error> Retained<V, Checked<Given>> for Result<V, E> {
    type Error = E;

    #[inline]
    fn value(self, _: V) -> Result<V, E> {
        self
    }
}

/// A value that the library retains for a second owner of the type `T`.
pub struct Retaining<'a, T: ?Sized, V>(&'a str, V, PhantomData<T>);

impl<'a, T: ?Sized, V> Retaining<'a, T, V> {
    /// Creates one from the `value` of the field `field`.
    #[inline]
    #[must_use]
    pub fn of(field: &'a str, value: V) -> Self {
        Self(field, value, PhantomData)
    }

    /// Returns the value that the second owner holds, after `clone` returned `result`.
    ///
    /// # Panics
    ///
    /// Panics if the library refused, in which case a second owner does not exist.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn by<K>(self, result: impl Retained<V, K>) -> V {
        match result.value(self.1) {
            Ok(value) => value,
            Err(error) => fail::<T>(self.0, &error),
        }
    }
}

/// Fails because an empty value was returned.
///
/// # Panics
///
/// Panics always.
#[track_caller]
pub fn not_retained<T: ?Sized>(field: &str) -> ! {
    fail::<T>(field, &"an empty value was returned")
}

#[cold]
#[inline(never)]
#[track_caller]
fn fail<T: ?Sized>(field: &str, error: &dyn Display) -> ! {
    panic!("failed to clone `{}`: {field}: {error}", type_name::bare(type_name::path::<T>()))
}

/// A value of a field with `clone`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared by `clone`",
    label = "not `Copy`",
    note = "`clone` hands out a copy of the handle: it needs a `Copy` type, such as a pointer or an id"
)]
pub trait Handle: Sized {
    /// Returns a copy of the handle.
    #[must_use]
    fn copy(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> Handle for T {
    #[inline]
    fn copy(&self) -> Self {
        *self
    }
}
