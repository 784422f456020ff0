//! The outcomes that a release may return.

use core::convert::Infallible;
use core::error::Error;

/// A type that a release, a `check` or `before` may return: `()`, `!`, or `Result<(), E>` with an error.
///
/// `check = …` turns anything else into one of these, a C status above all. [`status`](crate::status) has
/// the usual conventions for it. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the release failed",
    label = "expected `()` or `Result<(), E>` with `E: Error + Send + Sync + 'static`",
    note = "what a release returns: add `check = …`, which turns it into one of these with a function or closure of your own, or with one of `dispose_core::status`",
    note = "`check = dispose_core::status::zero` if 0 is success; `dispose_core::status::errno` if -1 is failure and `errno` says why",
    note = "`check = dispose_core::status::is_true` if true is success; `dispose_core::status::ignore` if it says something else, such as 'that was the last reference'",
    note = "a pointer that says nothing, such as the null of `sd_event_unref`: `check = dispose_core::status::ignore`",
    note = "what `check` or `before` itself returns: `()` or a `Result`, as of `dispose_core::status::zero(code)`, `dispose_core::status::is_true(flag)` or `Err(io::Error::other(text))`",
    note = "a value that is to be dropped, such as the `Box` of `Box::from_raw`: `release = |p| drop(Box::from_raw(p))`",
    note = "a `Result` with a value: `check = |result| result.map(drop)`, or `.map(drop)` in `check` or `before`, so that the error stays",
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

/// With `E: Error + Send + Sync + 'static`.
impl<E: sealed::Failing> Outcome for Result<(), E> {
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

pub(crate) use sealed::Never;

mod sealed {
    use core::error::Error;

    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
    impl Sealed for Never {}

    /// An error of a release. It is a trait of its own so that it has a message of its own.
    #[diagnostic::on_unimplemented(
        message = "`{Self}`, which is returned on failure, is not an `Error + Send + Sync + 'static`",
        label = "expected `Result<(), E>` with `E: Error + Send + Sync + 'static`",
        note = "a text or a boxed error: add `check = |result| result.map_err(std::io::Error::other)`, or end `check` or `before` with that `map_err`",
        note = "a boxed error that is not `Send + Sync`, or a type with `Display`: `map_err(|error| std::io::Error::other(error.to_string()))`",
        note = "a thread's panic, as of `JoinHandle::join`: `map_err(|_| std::io::Error::other(\"the thread panicked\"))`",
        note = "an integer, the library's code: `check = dispose_core::status::code`",
        note = "an enum of the library: `map_err(MyError)`, with an error type of your own",
        note = "an error type of your own: `impl std::error::Error` for it; a raw pointer in it makes it neither `Send` nor `Sync`, and a reference not `'static`"
    )]
    pub trait Failing: Error + Send + Sync + 'static {}
    #[diagnostic::do_not_recommend]
    impl<E: Error + Send + Sync + 'static> Failing for E {}

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
