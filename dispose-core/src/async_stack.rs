//! `AsyncDisposeStack`: asynchronous disposables of any type, whose number is known only at run time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::pin::Pin;
use core::{fmt, mem};

use crate::disposal;
use crate::dispose::InPlace;
use crate::failures::steps::record_at;
use crate::hook;
use crate::path::Segment;
use crate::{AsyncDispose, Dispose, Failures, Outcome};

/// A stack of asynchronous disposables of any type, released last in, first out.
///
/// It is a [`DisposeStack`](crate::DisposeStack) whose releases can be awaited. Each entry also has a
/// synchronous release, for [`dispose`](Dispose::dispose) and for `Drop`, which cannot await. The path of
/// a failure begins with the entry's position, counted from 0 in the order of pushing: `[2]`,
/// `[2].socket`.
///
/// A pushed disposable that records a failure and still holds something stays on the stack. The entries
/// below it stay too, because it may still use them. The next disposal begins with it. The last attempt
/// removes all entries. If the stack is dropped, what was pushed is dropped too, and its own `Drop`
/// releases it.
///
/// The stack is `Send`, so it can be moved to another thread or task. The future of `dispose_async` is
/// not, because [`AsyncDispose`] does not require `Send` futures. Await it in a task that stays on its
/// thread.
///
/// ```
/// use dispose_core::{AsyncDispose, AsyncDisposeStack, Dispose};
/// # use std::io;
/// # struct Stream;
/// # impl Stream {
/// #     async fn connect(_: &str) -> io::Result<Stream> { Ok(Stream) }
/// #     async fn goodbye(self) -> io::Result<()> { Ok(()) }
/// #     fn reset(self) {}
/// # }
/// #[derive(Dispose, AsyncDispose)]
/// struct Client {
///     #[unmanaged(release_async = Stream::goodbye, release = Stream::reset)]
///     stream: Option<Stream>,
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut clients = AsyncDisposeStack::new();
/// for name in ["a.example", "b.example"] {
///     // On an error, the clients before it are reset without waiting.
///     clients.push(Client { stream: Some(Stream::connect(name).await?) });
/// }
/// clients.adopt(Stream, Stream::goodbye, Stream::reset);
/// clients.dispose_async().await?; // the last one says goodbye first
/// # Ok(())
/// # }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # let mut context = Context::from_waker(Waker::noop());
/// # assert!(matches!(pin!(run()).poll(&mut context), Poll::Ready(Ok(()))));
/// ```
#[derive(Default)]
pub struct AsyncDisposeStack<'a> {
    entries: Vec<Box<dyn Entry + Send + 'a>>,
}

/// An entry of the stack. Its release empties it.
trait Entry {
    /// Returns `true` if a future that was dropped took the value and left the entry behind.
    fn is_taken(&self) -> bool;

    fn release(&mut self, at: Segment<'_>, failures: &mut Failures);

    fn release_async<'s>(
        &'s mut self,
        at: Segment<'s>,
        failures: &'s mut Failures,
    ) -> Pin<Box<dyn Future<Output = ()> + 's>>;
}

struct Pushed<T>(T);

impl<T: AsyncDispose> Entry for Pushed<T> {
    fn is_taken(&self) -> bool {
        false
    }

    fn release(&mut self, at: Segment<'_>, failures: &mut Failures) {
        // In `Drop` the resource is dropped with its entry, so that the rules of its own `Drop` hold. The loop over the
        // entries asks whether the disposal has stopped, and the pass after a panic begins with this entry again.
        if !failures.is_drop() {
            failures.nest_unconditionally(at, &mut self.0);
        }
    }

    fn release_async<'s>(
        &'s mut self,
        at: Segment<'s>,
        failures: &'s mut Failures,
    ) -> Pin<Box<dyn Future<Output = ()> + 's>> {
        // As in `release`.
        Box::pin(failures.nest_async_unconditionally(at, &mut self.0))
    }
}

/// A value with its two releases. One of them receives it.
struct Adopted<T, F, G>(Option<(T, F, G)>);

impl<T, O, P, F, G> Entry for Adopted<T, F, G>
where
    O: Outcome,
    P: Outcome,
    F: AsyncFnOnce(T) -> P,
    G: FnOnce(T) -> O,
{
    fn is_taken(&self) -> bool {
        self.0.is_none()
    }

    fn release(&mut self, at: Segment<'_>, failures: &mut Failures) {
        if let Some((value, _, release)) = self.0.take() {
            record_at(failures, at, release(value));
        }
    }

    fn release_async<'s>(
        &'s mut self,
        at: Segment<'s>,
        failures: &'s mut Failures,
    ) -> Pin<Box<dyn Future<Output = ()> + 's>> {
        Box::pin(async move {
            if let Some((value, release, _)) = self.0.take() {
                record_at(failures, at, release(value).await);
            }
        })
    }
}

impl<'a> AsyncDisposeStack<'a> {
    /// Creates an empty stack, without an allocation.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Puts a disposable on the stack. A failure in it has a path such as `[2].socket`.
    pub fn push(&mut self, resource: impl AsyncDispose + Send + 'a) {
        self.put(Box::new(Pushed(resource)));
    }

    fn put(&mut self, entry: Box<dyn Entry + Send + 'a>) {
        self.entries.truncate(self.len());
        self.entries.push(entry);
    }

    /// Puts a value on the stack with the two functions that release it.
    ///
    /// [`dispose_async`](AsyncDispose::dispose_async) awaits `release_async`. Every other disposal calls
    /// `release`. The value counts as released once one of them has received it, even if it fails or its
    /// future is dropped.
    pub fn adopt<T, O, P>(
        &mut self,
        value: T,
        release_async: impl AsyncFnOnce(T) -> P + Send + 'a,
        release: impl FnOnce(T) -> O + Send + 'a,
    ) where
        T: Send + 'a,
        O: Outcome + 'a,
        P: Outcome + 'a,
    {
        self.put(Box::new(Adopted(Some((value, release_async, release)))));
    }

    /// Moves all entries to a new stack and leaves this one empty.
    ///
    /// This commits an all-or-nothing construction.
    #[must_use = "what is taken is released when dropped"]
    pub fn take(&mut self) -> Self {
        mem::take(self)
    }

    /// Drops every entry, the last one first, and calls no release function.
    ///
    /// It does what [`DisposeStack::forget`](crate::DisposeStack::forget) does. The values and functions of
    /// [`adopt`](Self::adopt) are dropped as ordinary Rust. A *pushed* disposable is still released, by its
    /// own `Drop`. Move it out with [`take`](Self::take) instead.
    pub fn forget(mut self) {
        crate::stack::drop_last_first(&mut self.entries);
    }

    /// Returns the number of entries that are not yet released.
    #[must_use]
    pub fn len(&self) -> usize {
        let is_taken = self.entries.last().is_some_and(|entry| entry.is_taken());
        self.entries.len() - usize::from(is_taken)
    }

    /// Returns `true` if no entry is left to release.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Dispose for AsyncDisposeStack<'_> {
    fn release_all(&mut self, failures: &mut Failures) {
        // The entry stays in its place: if it panics and still holds something, it keeps those below.
        while !failures.is_stopped() {
            let at = self.entries.len().wrapping_sub(1);
            let Some(entry) = self.entries.last_mut() else { return };
            entry.release(Segment::Index(at), failures);
            if !failures.is_stopped() {
                drop(self.entries.pop());
            }
        }
    }

    fn is_disposed(&self) -> bool {
        self.is_empty()
    }
}

impl AsyncDispose for AsyncDisposeStack<'_> {
    async fn release_all_async(&mut self, failures: &mut Failures) {
        // The entry stays in its place: after a forgotten future it is released before those below.
        while !failures.is_stopped() {
            let at = self.entries.len().wrapping_sub(1);
            let Some(entry) = self.entries.last_mut() else { return };
            entry.release_async(Segment::Index(at), failures).await;
            if !failures.is_stopped() {
                drop(self.entries.pop());
            }
        }
    }
}

impl Drop for AsyncDisposeStack<'_> {
    fn drop(&mut self) {
        disposal::in_drop::<InPlace, _>(self, false, hook::report);
    }
}

impl fmt::Debug for AsyncDisposeStack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncDisposeStack").field("len", &self.len()).finish_non_exhaustive()
    }
}
