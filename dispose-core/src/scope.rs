//! A resource for the length of one block.

use core::error::Error;
use core::fmt;

use crate::disposal::{self, InPlace};
use crate::{AsyncDispose, Close, DisposeError, asynchronous, hook};

/// Runs `body` with `resource`, then closes the resource: after `Ok`, after `Err` and on a panic.
///
/// `body` is handed `&mut T`, and `?` inside it leaves the body only. Returned is what the body
/// made, or what went wrong in the body, in the disposal, or in both.
///
/// ```
/// use dispose_core::{UsingError, using};
/// # use dispose_core::Close;
/// # use std::io;
/// # #[derive(Close)]
/// # struct File { #[unmanaged(release = close, always)] fd: i32 }
/// # fn close(_: i32) -> io::Result<()> { Err(io::Error::other("disk full")) }
/// # impl File {
/// #     fn open(_: &str) -> io::Result<File> { Ok(File { fd: 3 }) }
/// #     fn append(&mut self, text: &str) -> io::Result<usize> { Ok(text.len()) }
/// # }
///
/// let result = using(File::open("log")?, |file| {
///     file.append("begin\n")?;
///     file.append("end\n")
/// });
/// match result {
///     Ok(written) => println!("{written} bytes"),
///     Err(UsingError::Body(error)) => println!("not written: {error}"),
///     // Here the disk is full, which only the close noticed.
///     Err(UsingError::Dispose(error)) => println!("written, perhaps not on disk: {error}"),
///     Err(UsingError::Both { body, dispose }) => println!("not written: {body}; {dispose}"),
/// }
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Errors
///
/// [`UsingError`] with the body's error, the error of the disposal, or both.
///
/// # Panics
///
/// If the body panics, the resource is closed before the panic goes on, and a failure goes to the
/// drop hook (see [`set_drop_hook`](crate::set_drop_hook)). A panic of the disposal goes on too, and what
/// the body returned is lost with it, its error included.
#[inline]
pub fn using<T: Close, R, E>(
    resource: T,
    body: impl FnOnce(&mut T) -> Result<R, E>,
) -> Result<R, UsingError<E>> {
    let mut scope = Scope(None);
    let body = body(scope.0.insert(resource));
    let closed = scope.0.take().map_or(Ok(()), T::close);
    both(body, closed)
}

#[inline]
fn both<R, E>(body: Result<R, E>, closed: Result<(), DisposeError>) -> Result<R, UsingError<E>> {
    match (body, closed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(dispose)) => Err(UsingError::Dispose(dispose)),
        (Err(body), Ok(())) => Err(UsingError::Body(body)),
        (Err(body), Err(dispose)) => Err(UsingError::Both { body, dispose }),
    }
}

/// The resource while the body runs. On a panic it is closed from here.
struct Scope<T: Close>(Option<T>);

impl<T: Close> Drop for Scope<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(resource) = self.0.take() {
            disposal::close_unseen(resource);
        }
    }
}

/// Runs `body` with `resource`, then disposes of the resource asynchronously: after `Ok` and `Err`.
///
/// [`using`] for an [`AsyncDispose`]: `body` is an async closure that is handed `&mut T`. The
/// disposal is the last attempt, as in [`close`](crate::Close::close).
///
/// ```
/// use dispose_core::{AsyncDispose, Dispose, UsingError, using_async};
/// # use std::io;
/// # struct Stream(i32);
/// # impl Stream {
/// #     async fn send(&mut self, text: &str) -> io::Result<usize> { Ok(text.len()) }
/// #     async fn goodbye(self) -> io::Result<()> { Ok(()) }
/// # }
/// #[derive(Dispose, AsyncDispose)]
/// struct Client {
///     #[unmanaged(release_async = Stream::goodbye, release = drop)]
///     stream: Option<Stream>,
/// }
/// # impl Client {
/// #     async fn connect() -> io::Result<Client> { Ok(Client { stream: Some(Stream(3)) }) }
/// #     async fn send(&mut self, text: &str) -> io::Result<usize> {
/// #         self.stream.as_mut().unwrap().send(text).await
/// #     }
/// # }
///
/// # async fn run() -> Result<usize, Box<dyn std::error::Error>> {
/// let sent = using_async(Client::connect().await?, async |client| {
///     client.send("hello").await?;
///     client.send("world").await
/// })
/// .await?;
/// # Ok(sent)
/// # }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # let mut context = Context::from_waker(Waker::noop());
/// # assert!(matches!(pin!(run()).poll(&mut context), Poll::Ready(Ok(5))));
/// ```
///
/// # Errors
///
/// [`UsingError`] with the body's error, the error of the disposal, or both.
///
/// # Panics
///
/// If the body or a release panics, or the future is dropped before it is ready, what is left is
/// released synchronously, as `Drop` does, and failures go to the drop hook. What the body returned is
/// lost with it.
pub async fn using_async<T: AsyncDispose, R, E>(
    resource: T,
    body: impl AsyncFnOnce(&mut T) -> Result<R, E>,
) -> Result<R, UsingError<E>> {
    let mut scope = AsyncScope(resource);
    let body = body(&mut scope.0).await;
    let closed = asynchronous::finish(&mut scope.0).await;
    both(body, closed)
}

/// The resource, which nobody forgot: what an asynchronous disposal has not released is released here.
struct AsyncScope<T: AsyncDispose>(T);

impl<T: AsyncDispose> Drop for AsyncScope<T> {
    fn drop(&mut self) {
        let _ = disposal::drop::<InPlace, _>(&mut self.0, false, hook::report);
    }
}

/// What went wrong in [`using`] or [`using_async`].
///
/// `Display` is one line with everything. `source()` is the source of the body's error if there is
/// one, else that of the disposal's, so that a printer of chains says each cause once.
#[derive(Debug)]
pub enum UsingError<E> {
    /// The body failed; the disposal did not.
    Body(E),
    /// The body went well; its value is lost, because the disposal failed.
    Dispose(DisposeError),
    /// Both failed.
    Both {
        /// What the body returned.
        body: E,
        /// What the disposal returned.
        dispose: DisposeError,
    },
}

impl<E: fmt::Display> fmt::Display for UsingError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(body) => body.fmt(f),
            Self::Dispose(dispose) => dispose.fmt(f),
            Self::Both { body, dispose } => {
                body.fmt(f)?;
                f.write_str("; ")?;
                dispose.fmt(f)
            }
        }
    }
}

impl<E: Error + 'static> Error for UsingError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Body(body) | Self::Both { body, .. } => body.source(),
            Self::Dispose(dispose) => dispose.source(),
        }
    }
}

#[cfg(feature = "alloc")]
pub use self::boxed::BodyError;

#[cfg(feature = "alloc")]
mod boxed {
    use alloc::boxed::Box;
    use core::error::Error;
    use core::fmt;

    use super::UsingError;

    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    impl<E: Into<Box<dyn Error + Send + Sync>>> UsingError<E> {
        /// Makes an [`Error`] of it when `E` is none itself, as `Box<dyn Error + Send + Sync>` and
        /// the error types built like it are not, so that `?` works on it.
        ///
        /// ```
        /// use dispose_core::{UsingError, using};
        /// # use dispose_core::Close;
        /// # #[derive(Close)]
        /// # struct File { #[unmanaged(release = drop, always)] fd: i32 }
        /// type Anything = Box<dyn std::error::Error + Send + Sync>;
        ///
        /// fn run(file: File) -> Result<u8, Anything> {
        ///     let count = using(file, |_file| {
        ///         let number: u8 = "12".parse()?;
        ///         Ok::<_, Anything>(number)
        ///     })
        ///     .map_err(UsingError::boxed)?;
        ///     Ok(count)
        /// }
        /// # assert_eq!(run(File { fd: 3 }).unwrap(), 12);
        /// ```
        #[must_use]
        pub fn boxed(self) -> UsingError<BodyError> {
            match self {
                Self::Body(body) => UsingError::Body(BodyError(body.into())),
                Self::Dispose(dispose) => UsingError::Dispose(dispose),
                Self::Both { body, dispose } => {
                    UsingError::Both { body: BodyError(body.into()), dispose }
                }
            }
        }
    }

    /// The error of a body, boxed: what [`UsingError::boxed`] makes. Displays as the error does, and
    /// has its source.
    pub struct BodyError(Box<dyn Error + Send + Sync>);

    impl BodyError {
        /// The error itself.
        #[must_use]
        pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
            self.0
        }
    }

    impl fmt::Display for BodyError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl fmt::Debug for BodyError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl Error for BodyError {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.source()
        }
    }
}
