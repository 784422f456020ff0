//! `AsyncDispose`, and one asynchronous disposal from beginning to end.

use crate::failures::Attempt;
use crate::hook;
use crate::type_name::Internal;
use crate::{Dispose, DisposeError, Failures};

/// An owner whose resources are released by futures, such as a client that says goodbye or a connection
/// that drains.
///
/// Derived by [`#[derive(Dispose, AsyncDispose)]`](macro@crate::AsyncDispose). `Drop` cannot await, so
/// the type is also [`Dispose`](trait@Dispose), and `Drop` calls its synchronous releases.
///
/// A hand-written impl follows the rules of [`Dispose`](trait@Dispose). It empties a field *before* it
/// creates the future of the release. What is still in a field when the future is dropped is left to the
/// type's `Drop`.
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
/// The future is [`Send`] if the owner and the future of each release are. The trait does not require
/// it, so code that is generic over `T: AsyncDispose` cannot rely on it.
///
/// Safe code may drop or forget a future at any await. An unsafe release that ends there must leave
/// nothing behind that still uses the owner's other fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be disposed asynchronously",
    label = "does not implement `AsyncDispose`",
    note = "`#[derive(Dispose, AsyncDispose)]` on a type with `release_async` or `#[dispose(async)]`",
    note = "a part that is only `Dispose`: plain `#[dispose]`"
)]
pub trait AsyncDispose: Dispose {
    /// Releases what is still held, in reverse order and one after the other, and records each failure
    /// in `failures`.
    ///
    /// The derive writes this method. Call [`dispose_async`](Self::dispose_async) instead.
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()>;

    /// Releases everything that is still held, in reverse order of declaration.
    ///
    /// Each release is awaited before the next begins. A second call does nothing and returns `Ok`.
    ///
    /// If the future is dropped before it is ready, the value in flight counts as released. A later call
    /// or `Drop` releases the fields that are left. The same holds if a release panics.
    ///
    /// # Errors
    ///
    /// Returns an error with all failures, in the order they happened. A failure does not stop the other
    /// releases, unless it leaves the resource alive, as in [`dispose`](Dispose::dispose). If the future
    /// is dropped or panics, its failures go to the drop hook.
    fn dispose_async(&mut self) -> impl Future<Output = Result<(), DisposeError>> {
        run(self, Attempt::Repeatable)
    }
}

/// Disposes of `value` for the last time and returns the error.
pub(crate) async fn finish<T: AsyncDispose>(value: &mut T) -> Result<(), DisposeError> {
    run(value, Attempt::Close).await
}

async fn run<T: AsyncDispose + ?Sized>(
    value: &mut T,
    attempt: Attempt,
) -> Result<(), DisposeError> {
    let mut pass = AsyncPass { value, failures: Failures::new(attempt) };
    pass.value.release_all_async(&mut pass.failures).await;
    pass.error().map_or(Ok(()), Err)
}

/// A pass in progress. If it does not complete, its failures go to the drop hook.
struct AsyncPass<'a, T: AsyncDispose + ?Sized> {
    value: &'a mut T,
    failures: Failures,
}

impl<T: AsyncDispose + ?Sized> AsyncPass<'_, T> {
    /// Takes what has failed until now.
    fn error(&mut self) -> Option<DisposeError> {
        DisposeError::of(self.value.__type_path(Internal), self.failures.take_list())
    }
}

impl<T: AsyncDispose + ?Sized> Drop for AsyncPass<'_, T> {
    fn drop(&mut self) {
        if let Some(error) = self.error() {
            hook::report_error(error);
        }
    }
}
