//! The conversion of a [`DisposeError`] in the inherent `close` of `#[dispose(error = E)]`.
//!
//! If there is only one release, its own error comes out as it is, unless `E` is `From<DisposeError>`. The
//! compiler finds out which of the two it is: [`Own`] has a method of the same name for each, and the
//! compiler takes the first that exists.

use core::convert::Infallible;
#[cfg(feature = "alloc")]
use core::error::Error;
use core::marker::PhantomData;

use crate::{DisposeError, Outcome};

/// The value of the key `error`.
pub struct Own<E>(PhantomData<fn() -> E>);

impl<E> Own<E> {
    /// The value whose methods are compared.
    pub const NEW: Self = Self(PhantomData);
}

/// `E: From<DisposeError>`.
pub struct ByFrom;
/// `E` is what the release fails with.
pub struct ItIsIt;
/// `E` can be neither.
pub struct Neither;

impl<E: From<DisposeError>> Own<E> {
    /// Returns the first conversion.
    #[inline]
    #[must_use]
    pub fn __conversion(&self) -> ByFrom {
        ByFrom
    }
}

/// A type with the second method.
pub trait OwnConversion {
    /// Returns the second conversion.
    #[inline]
    fn __conversion(&self) -> ItIsIt {
        ItIsIt
    }
}

#[cfg(feature = "alloc")]
impl<E: Error + Send + Sync + 'static> OwnConversion for Own<E> {}

/// A type with the last method, one reference further away.
pub trait AnyConversion {
    /// Returns the last conversion.
    #[inline]
    fn __conversion(&self) -> Neither {
        Neither
    }
}

impl<E> AnyConversion for &Own<E> {}

/// A way to make an `E` if there is only one release.
pub trait Conversion<E> {
    fn convert(self, error: DisposeError) -> E;
}

impl<E: From<DisposeError>> Conversion<E> for ByFrom {
    #[inline]
    fn convert(self, error: DisposeError) -> E {
        error.into()
    }
}

#[cfg(feature = "alloc")]
impl<E: Error + Send + Sync + 'static> Conversion<E> for ItIsIt {
    fn convert(self, error: DisposeError) -> E {
        match error.downcast() {
            Ok(error) => error,
            // The expansion records one outcome in a `close`, and it compiles only where that `HandsOut` an `E`.
            Err(_) => unreachable!("the only failure is an `E`"),
        }
    }
}

impl<E> Conversion<E> for Neither {
    fn convert(self, _: DisposeError) -> E {
        unreachable!("an outcome that fails does not compile")
    }
}

/// Returns the error of an inherent `close` where there is only one release.
#[cold]
#[must_use]
pub fn own_error<E>(conversion: impl Conversion<E>, error: DisposeError) -> E {
    conversion.convert(error)
}

/// The outcome of that release.
pub struct OwnOutcome<'a, O>(pub &'a O);

impl OwnOutcome<'_, ()> {
    /// Compiles if `close` needs no error of the release's. An inherent method comes before the traits'.
    #[inline]
    pub fn __fails_with<E, W: HandsOutNothing<E>>(self, _: &Own<E>, _: W) {}
}

/// An outcome with an error.
pub trait AnOutcome {
    /// The error.
    type Error;

    /// Compiles if what comes out of the release can come out of `close`.
    #[inline]
    fn __fails_with<E, W: HandsOut<E, Self::Error>>(self, _: &Own<E>, _: W)
    where
        Self: Sized,
    {
    }
}

impl<O: Outcome> AnOutcome for OwnOutcome<'_, O> {
    type Error = O::Error;
}

/// Any other value, one reference further away. The error for it is at the release, and none at `error`.
pub trait NoOutcome {
    /// Compiles always.
    #[inline]
    fn __fails_with<E, W>(&self, _: &Own<E>, _: W) {}
}

impl<O> NoOutcome for OwnOutcome<'_, O> {}

/// A way that lets `close` return an `E` where the release fails with an `F`.
#[diagnostic::on_unimplemented(
    message = "`error` is `{E}`, and the release fails with `{F}`",
    label = "expected `{F}`, or an error that implements `From<DisposeError>`",
    note = "implement `From<DisposeError>` for it, where `error.downcast::<…>()` finds what the release returned; or let `check` turn the one into the other"
)]
pub trait HandsOut<E, F> {}

#[diagnostic::do_not_recommend]
impl<E, F> HandsOut<E, F> for ByFrom {}
#[diagnostic::do_not_recommend]
impl<E> HandsOut<E, E> for ItIsIt {}

/// `close` can hand out an `E` where the release returns nothing.
#[diagnostic::on_unimplemented(
    message = "the release returns nothing and cannot fail, so it has no `{E}` to hand out for `error`",
    label = "does not implement `From<DisposeError>`",
    note = "implement `From<DisposeError>` for it, or leave `error` out"
)]
pub trait HandsOutNothing<E> {}

#[diagnostic::do_not_recommend]
impl<E> HandsOutNothing<E> for ByFrom {}
#[diagnostic::do_not_recommend]
impl HandsOutNothing<Infallible> for ItIsIt {}

/// An error that is made of all that failed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` of `error` cannot be made of a `DisposeError`",
    label = "does not implement `From<DisposeError>`",
    note = "a type of your own: implement `From<DisposeError>` for it",
    note = "another type, such as `io::Error`: only where one `#[unmanaged]` field is all that is released (in each variant), without `each`, without `before`, and without `drop` beside `on_error`; elsewhere `DisposeError` or a type of your own, even if one release alone can fail"
)]
pub trait FromFailures: Sized {
    /// Makes the error of all that failed.
    fn from_failures(error: DisposeError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<DisposeError>> FromFailures for E {
    #[cold]
    fn from_failures(error: DisposeError) -> Self {
        error.into()
    }
}
