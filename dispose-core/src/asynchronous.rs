//! Releases that must be awaited: the trait, and one asynchronous disposal from beginning to end.

use crate::failures::Attempt;
use crate::hook;
use crate::type_name::Internal;
use crate::{Dispose, DisposeError, Failures};

/// An owner whose resources are released by futures: a client that says goodbye, a connection that
/// drains.
///
/// Derived by [`#[derive(Dispose, AsyncDispose)]`](macro@crate::AsyncDispose). Nothing is awaited in
/// `Drop`, so a type is [`Dispose`](trait@Dispose) too, with the synchronous releases that `Drop` has
/// to be content with.
///
/// A hand-written impl keeps to the rules of [`Dispose`](trait@Dispose), and empties a field *before*
/// the future of its release is created: what is still in a field when the future is dropped is left
/// to the type's `Drop`.
///
/// ```
/// use dispose_core::{AsyncDispose, Dispose, Failures};
/// # struct Stream; impl Stream { async fn goodbye(self) -> std::io::Result<()> { Ok(()) } }
///
/// struct Client { stream: Option<Stream> }
///
/// impl AsyncDispose for Client {
///     async fn release_all_async(&mut self, failures: &mut Failures) {
///         if let Some(stream) = self.stream.take() {
///             failures.record("stream", stream.goodbye().await);
///         }
///     }
/// }
///
/// impl Dispose for Client {
///     fn release_all(&mut self, _: &mut Failures) {
///         self.stream = None; // closed without a goodbye
///     }
///     fn is_disposed(&self) -> bool {
///         self.stream.is_none()
///     }
/// }
/// # use std::{future::Future, pin::pin, task::{Context, Waker}};
/// # let mut client = Client { stream: Some(Stream) };
/// # assert!(pin!(client.dispose_async()).poll(&mut Context::from_waker(Waker::noop())).is_ready());
/// # assert!(client.is_disposed());
/// ```
///
/// The futures are [`Send`] where the owner and those of the releases are; as the trait does not say so,
/// code that is generic over `T: AsyncDispose` cannot count on it.
///
/// Safe code may drop or forget a future at any await. A release that is unsafe leaves nothing then that
/// still uses the owner's other fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be disposed asynchronously",
    label = "does not implement `AsyncDispose`",
    note = "`#[derive(Dispose, AsyncDispose)]` on a type with `release_async` or `#[dispose(async)]`",
    note = "a part that is only `Dispose`: plain `#[dispose]`"
)]
pub trait AsyncDispose: Dispose {
    /// Releases what is still held, newest first, one after the other, and records each failure in
    /// `failures`.
    ///
    /// This is what the derive writes; call [`dispose_async`](Self::dispose_async) instead.
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()>;

    /// Releases everything that is still held, in reverse order of declaration, each release awaited
    /// before the next begins.
    ///
    /// A second call does nothing and returns `Ok`.
    ///
    /// If the future is dropped before it is ready, the value in flight counts as released, and the
    /// fields that are left are released by a later call or by `Drop`. The same holds if a release
    /// panics.
    ///
    /// # Errors
    ///
    /// All failures, in the order they happened. A failure does not stop the other releases. Those of
    /// a future that is dropped, or that panics, go to the drop hook.
    fn dispose_async(&mut self) -> impl Future<Output = Result<(), DisposeError>> {
        run(self, Attempt::Repeatable)
    }
}

/// The last attempt, with the error for the caller.
pub(crate) async fn finish<T: AsyncDispose>(value: &mut T) -> Result<(), DisposeError> {
    run(value, Attempt::Close).await
}

async fn run<T: AsyncDispose + ?Sized>(
    value: &mut T,
    attempt: Attempt,
) -> Result<(), DisposeError> {
    let mut pass = Pass { value, failures: Failures::new(attempt) };
    pass.value.release_all_async(&mut pass.failures).await;
    match pass.failures.take() {
        None => Ok(()),
        Some(failures) => Err(DisposeError::of(pass.value.__type_path(Internal), failures)),
    }
}

/// A pass on its way. If it does not come to its end, no caller gets its failures: the hook does.
struct Pass<'a, T: AsyncDispose + ?Sized> {
    value: &'a mut T,
    failures: Failures,
}

impl<T: AsyncDispose + ?Sized> Drop for Pass<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(failures) = self.failures.take() {
            hook::report_error(DisposeError::of(self.value.__type_path(Internal), failures));
        }
    }
}
