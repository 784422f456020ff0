//! What a release may answer.

use core::convert::Infallible;
use core::error::Error;

/// What a release, a `check` or `before` may return: `()`, `!`, or `Result<(), E>` with an error.
///
/// Anything else, a C status above all, is turned into one of these by `check = …`, for which
/// [`status`](crate::status) has the usual conventions. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the release failed",
    label = "expected `()` or `Result<(), E>` with `E: Error + Send + Sync + 'static`",
    note = "add `check = …`, which turns what the release returns into one of these: `check = status::zero` if 0 is success, `status::is_true` for a `bool`, `status::ignore` if it says nothing, or a function or closure of your own",
    note = "what a `check` or `before` returns must itself be one of these",
    note = "a future is for `release_async`, which awaits it"
)]
pub trait Outcome: sealed::Sealed {
    #[doc(hidden)]
    type Error: Error + Send + Sync + 'static;

    #[doc(hidden)]
    fn into_result(self) -> Result<(), Self::Error>;
}

impl Outcome for () {
    type Error = Infallible;

    #[inline]
    fn into_result(self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Error + Send + Sync + 'static> Outcome for Result<(), E> {
    type Error = E;

    #[inline]
    fn into_result(self) -> Self {
        self
    }
}

impl Outcome for sealed::Never {
    type Error = Infallible;

    fn into_result(self) -> Result<(), Infallible> {
        self
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    #[diagnostic::do_not_recommend]
    impl<E> Sealed for Result<(), E> {}
    impl Sealed for Never {}

    /// The type `!`, which stable Rust names only as what a function returns.
    #[expect(unreachable_pub, reason = "a narrower name would make the impl's interface private")]
    pub type Never = <fn() -> ! as Returns>::Type;

    pub trait Returns {
        type Type;
    }
    impl<T> Returns for fn() -> T {
        type Type = T;
    }
}
