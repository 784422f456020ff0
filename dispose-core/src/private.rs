//! The items that expansions name beside the public interface. Changes without notice.

pub use crate::by_value::{
    ByValue, Forget, GiveUp, HasDrop, Ordinary, Token, close, drop_by_value, drop_by_value_to,
    forget, give_up_handle, try_close,
};
#[cfg(feature = "alloc")]
pub use crate::chain::{Access, List, Next, Unlinking, drop_node, is_each_disposed, nest_next};
pub use crate::each::{Elements, Invalid, Plain};
pub use crate::failures::steps::{
    Walk, begin_each, begin_pass, begin_step, end_each, is_given_up, is_refused, is_refused_if,
    keep, keep_if, record_at, stop,
};
pub use crate::hook::{ignore_errors, report};
pub use crate::inherent::{
    AnOutcome, AnyConversion, FromFailures, NoOutcome, Own, OwnConversion, OwnOutcome, own_error,
};
pub use crate::probe::{
    ChooseEitherDeriveDisposeOrDeriveClose,
    HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault,
    HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand, Itself, ItselfByValue,
    OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault,
    OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand, Probe, Remedy, Unknown,
    empty_of, found, has_dyn, public, untracked,
};
pub use crate::retain::{Handle, Retaining, not_retained};
pub use crate::sentinel::Sentinel;

#[cfg(rust_analyzer)]
#[path = "keys.rs"]
pub mod keys;
#[cfg(feature = "std")]
#[path = "os.rs"]
pub mod os;

/// Offers the keys of a module to an editor, which completes them at the place of the last word.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! __offer {
    ($module:ident, $key:ident) => {
        const _: () = $crate::__private::keys::$module::$key;
    };
}
/// Nothing for a compiler. The attribute may be a finished one.
#[cfg(not(rust_analyzer))]
#[doc(hidden)]
#[macro_export]
macro_rules! __offer {
    ($module:ident, $key:ident) => {};
}
pub use __offer as offer;

/// Of the standard library, whatever is called `core` where a type is.
pub use core::clone::Clone;

use crate::disposal;
use crate::dispose::InPlace;
use crate::outcome::Never;
use crate::type_name::{self, Internal};
use crate::{AsyncDispose, Dispose, Disposed, DropReport, Failures, Outcome, SafeHandle, Slot};

/// Does what `Drop::drop` does, of a type with `#[derive(Dispose)]`.
#[inline]
pub fn drop<T: Dispose + HasDrop + ?Sized>(value: &mut T) {
    disposal::in_drop::<InPlace, _>(value, false, report);
}

/// Does what [`drop()`] does, and reports a forgotten value, or reports elsewhere.
#[inline]
pub fn drop_to<T: Dispose + HasDrop + ?Sized>(
    value: &mut T,
    explicit: bool,
    report: impl Fn(&DropReport),
) {
    disposal::in_drop::<InPlace, _>(value, explicit, report);
}

/// A part of an owner, as its expansion reaches it. The messages are [`Dispose`]'s. The blanket impl cannot be
/// overridden, and a type that is not [`Dispose`] cannot implement the trait by hand. So no part receives its
/// owner's [`Failures`].
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
pub trait Part {
    /// Disposes of it as a step of its owner's disposal.
    fn nest(&mut self, name: &str, failures: &mut Failures);
    fn is_disposed(&self) -> bool;
    /// Seals the trait: only this crate can name the parameter.
    fn sealed(_: Internal);
}

impl<T: Dispose + ?Sized> Part for T {
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    fn nest(&mut self, name: &str, failures: &mut Failures) {
        failures.nest_counted(name, self);
    }
    #[inline]
    fn is_disposed(&self) -> bool {
        Dispose::is_disposed(self)
    }
    fn sealed(_: Internal) {}
}

/// A part that is awaited, sealed as [`Part`] is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be disposed asynchronously",
    label = "does not implement `AsyncDispose`",
    note = "`#[derive(Dispose, AsyncDispose)]` on a type with `release_async` or `#[dispose(async)]`",
    note = "a part that is only `Dispose`: plain `#[dispose]`"
)]
pub trait AsyncPart {
    fn nest_async(&mut self, name: &str, failures: &mut Failures) -> impl Future<Output = ()>;
    fn sealed(_: Internal);
}

impl<T: AsyncDispose + ?Sized> AsyncPart for T {
    #[inline]
    fn nest_async(&mut self, name: &str, failures: &mut Failures) -> impl Future<Output = ()> {
        // The expansion has returned if the disposal had stopped.
        failures.nest_async_unconditionally(name, self)
    }
    fn sealed(_: Internal) {}
}

/// Does what `SafeHandle::as_raw` does, of a derived type whose field is `raw`.
#[inline]
pub fn as_raw<H: SafeHandle>(handle: &H, raw: &H::Raw) -> Result<H::Raw, Disposed> {
    if handle.is_invalid() { Err(Disposed::new(type_name::path::<H>())) } else { Ok(*raw) }
}

/// Returns a copy of the field `raw`: the trait says that it is `Copy`.
#[inline]
#[must_use]
pub fn raw<H: SafeHandle>(raw: &H::Raw) -> H::Raw {
    *raw
}

/// Compiles if `derive(AsyncDispose)` is there to await a type with `release_async` or `#[dispose(async)]`.
#[inline]
pub fn awaited_by<T: AsyncDispose + ?Sized>() {}

/// Compiles if `derive(SafeHandle)` is there to make a type lend.
#[inline]
pub fn lent_by<T: SafeHandle>() {}

/// Returns `true` if nothing but its owner can put a value into an `S`.
#[inline]
#[must_use]
pub fn is_exclusive<S: Slot>() -> bool {
    S::__is_exclusive(Internal)
}

/// Drops a value that has no release.
#[inline]
pub fn give_up<T>(_: T) {}

/// An expression of the user's. The macros cannot parse what is inside of its braces; if it is
/// malformed, rustc says so here, and the impls around it exist nevertheless.
#[doc(hidden)]
#[macro_export]
macro_rules! __expression {
    ($expression:expr) => {
        $expression
    };
}
pub use __expression as expression;

/// Calls a closure of the user's whose parameter takes its type from `value`.
#[inline]
pub fn call<T, R>(value: T, closure: impl FnOnce(T) -> R) -> R {
    closure(value)
}

/// Does what [`call()`] does, for a closure that returns `!`, as its `-> !` says. rustc would warn that code
/// which uses a `!` is unreachable.
#[inline]
pub fn call_diverging<T>(value: T, closure: impl FnOnce(T) -> Never) {
    closure(value);
}

/// The type of what a release returns, so that the same `check` serves what `drop` returns.
pub struct Returned<S>(core::marker::PhantomData<S>);

impl<S> Clone for Returned<S> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Returned<S> {}

impl<S> Returned<S> {
    #[inline]
    #[expect(clippy::new_without_default, reason = "its type is inferred")]
    #[must_use]
    pub const fn new() -> Self {
        Self(core::marker::PhantomData)
    }

    /// Takes `self` by value: to a method that borrows, the compiler would prefer one in the user's scope.
    #[inline]
    #[must_use]
    pub fn of(self, status: S) -> S {
        status
    }

    #[inline]
    pub fn fallback<G>(self, status: G) -> Fallback<S, G> {
        Fallback(status, self)
    }
}

/// The value that `drop` returned, beside a release that returns `S`.
pub struct Fallback<S, G>(G, Returned<S>);

impl<S> Fallback<S, ()> {
    /// Checks nothing where nothing is returned. An inherent method comes before the trait's.
    #[inline]
    pub fn checked<O>(self, _: impl FnOnce(S) -> O) {}
}

/// A `drop` that returns what the release returns.
pub trait CheckedFallback {
    /// The type that the release returns.
    type Status;
    /// The type that `drop` returns.
    type Given;

    fn checked<O>(self, check: impl FnOnce(Self::Status) -> O) -> O
    where
        Self::Given: StatusOfRelease<Self::Status>;
}

impl<S, G> CheckedFallback for Fallback<S, G> {
    type Status = S;
    type Given = G;

    #[inline]
    fn checked<O>(self, check: impl FnOnce(S) -> O) -> O
    where
        G: StatusOfRelease<S>,
    {
        check(self.0.status())
    }
}

/// Returns the outcome of a `drop` without a `check`.
#[inline]
pub fn dropped<O: DropOutcome>(outcome: O) -> Result<(), O::Error> {
    outcome.into_result()
}

/// An outcome of such a `drop`.
#[diagnostic::on_unimplemented(
    message = "`{Self}`, which `drop` returns, does not say whether it failed",
    label = "expected `()` or `Result<(), E>` with `E: Error + Send + Sync + 'static`",
    note = "a status: `check = …` serves it too if `release` returns one; else `drop = |value| dispose_core::status::zero(close(value))`, or what it means",
    note = "a `Result` with a value or with an error that is not an `Error`: `.map(drop)` or `.map_err(std::io::Error::other)` in the closure of `drop`",
    note = "nothing to report: `drop = |value| dispose_core::status::ignore(close(value))`"
)]
pub trait DropOutcome {
    /// The error that is recorded.
    type Error: core::error::Error + Send + Sync + 'static;
    /// Returns the outcome.
    fn into_result(self) -> Result<(), Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<O: Outcome> DropOutcome for O {
    type Error = O::Error;
    #[inline]
    fn into_result(self) -> Result<(), Self::Error> {
        Outcome::into_result(self)
    }
}

/// A status that the `check` of the release takes.
#[diagnostic::on_unimplemented(
    message = "`drop` returns `{Self}`, and `check` takes the `{S}` that `release` returns",
    label = "expected `{S}`, or nothing",
    note = "`check` serves both: let the closure of `drop` return what `release` does, or nothing"
)]
pub trait StatusOfRelease<S> {
    fn status(self) -> S;
}

#[diagnostic::do_not_recommend]
impl<S> StatusOfRelease<S> for S {
    #[inline]
    fn status(self) -> S {
        self
    }
}

/// A value that can go back after a failed release, `on_error = keep`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put back after a failed release",
    label = "not `Copy`, so the release consumed it",
    note = "`on_error = keep` needs a `Copy` value, such as a pointer or an id"
)]
pub trait Keep: Sized {
    #[must_use]
    fn keep(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> Keep for T {
    #[inline]
    fn keep(&self) -> Self {
        *self
    }
}

/// The outcome of a release with `on_error = keep`, which must be able to fail. One that reports nothing
/// would never keep anything.
pub struct Refusable<O>(O);

impl<O> Refusable<O> {
    #[inline]
    #[must_use]
    pub const fn of(outcome: O) -> Self {
        Self(outcome)
    }
}

impl Refusable<()> {
    /// Refuses an outcome that cannot fail: an inherent method comes before the trait's. The bound has a
    /// lifetime, so that only a caller is refused.
    #[inline]
    pub fn outcome<'a>(self)
    where
        &'a (): ReportsFailure,
    {
    }
}

/// An outcome that may be a failure.
pub trait MayFail {
    /// The type that the release returns.
    type Outcome;

    fn outcome(self) -> Self::Outcome;
}

impl<O> MayFail for Refusable<O> {
    type Outcome = O;

    #[inline]
    fn outcome(self) -> O {
        self.0
    }
}

/// An outcome other than `()`.
#[diagnostic::on_unimplemented(
    message = "`on_error` keeps nothing where the release reports no failure",
    label = "the release reports nothing",
    note = "a release that returns a status: add `check = …` that turns it into a `Result`, such as `check = dispose_core::status::zero`",
    note = "a release that cannot fail: leave out `on_error`"
)]
pub trait ReportsFailure {}

/// A field of a safe handle beside the handle.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Default`, by which a safe handle makes every field but the handle",
    label = "does not implement `Default`",
    note = "a type of your own: implement `Default` for it",
    note = "a reference that only limits a lifetime: a `PhantomData` of it",
    note = "any other field: put it beside the safe handle, into a struct around both; or leave out `derive(SafeHandle)`"
)]
pub trait MadeByDefault: Sized {
    #[must_use]
    fn default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> MadeByDefault for T {
    #[inline]
    fn default() -> Self {
        <Self as Default>::default()
    }
}

/// A field that holds a resource as long as its owner lives, `always`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an `always` field",
    label = "not `Copy`",
    note = "`always` needs a `Copy` type, such as `NonNull<T>` or an id; another value is a `ManuallyDrop<…>`, by that name, with `unsafe(always)`, or an `Option<…>` without `always`"
)]
pub trait Always: Sized {
    #[must_use]
    fn get(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> Always for T {
    #[inline]
    fn get(&self) -> Self {
        *self
    }
}
