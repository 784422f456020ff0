//! `using` and `using_async`: a resource for the length of one block.

use core::error::Error;
use core::fmt;

use crate::disposal;
use crate::dispose::{InPlace, close_unseen};
use crate::{AsyncDispose, Close, DisposeError, asynchronous, hook};

/// Calls `body` with `&mut resource`, then closes the resource, on `Ok`, `Err` and a panic.
///
/// A `?` inside `body` returns from `body` only. `using` returns the body's value, or the errors of the
/// body, of the disposal, or of both.
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
/// Returns a [`UsingError`] with the body's error, the error of the disposal, or both.
///
/// # Panics
///
/// Panics if `body` or the disposal does. If `body` panics, the resource is closed before the panic goes
/// on, and a failure goes to the drop hook (see [`set_drop_hook`](crate::set_drop_hook)). If the disposal
/// panics, what `body` returned is lost, even if it is an error.
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

/// A resource while the body runs. A panic closes it here.
struct Scope<T: Close>(Option<T>);

impl<T: Close> Drop for Scope<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(resource) = self.0.take() {
            close_unseen(resource);
        }
    }
}

/// Calls `body` with `&mut resource`, then disposes of the resource asynchronously, on `Ok` and `Err`.
///
/// It is [`using`] for an [`AsyncDispose`]. `body` is an async closure that receives `&mut T`. The
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
/// Returns a [`UsingError`] with the body's error, the error of the disposal, or both.
///
/// # Panics
///
/// Panics if `body` or a release does. What is left is then released synchronously, as in `Drop`. The
/// same happens if the future is dropped before it is ready. Failures go to the drop hook, and what
/// `body` returned is lost.
pub async fn using_async<T: AsyncDispose, R, E>(
    resource: T,
    body: impl AsyncFnOnce(&mut T) -> Result<R, E>,
) -> Result<R, UsingError<E>> {
    let mut scope = AsyncScope(resource);
    let body = body(&mut scope.0).await;
    let closed = asynchronous::finish(&mut scope.0).await;
    both(body, closed)
}

/// A resource of `using_async`. What the asynchronous disposal has not released is released here, and
/// does not count as forgotten.
struct AsyncScope<T: AsyncDispose>(T);

impl<T: AsyncDispose> Drop for AsyncScope<T> {
    fn drop(&mut self) {
        disposal::in_drop::<InPlace, _>(&mut self.0, false, hook::report);
    }
}

/// An error of [`using`] or [`using_async`].
///
/// `Display` writes every error in one line. `source()` returns the source of the body's error or, if
/// the body succeeded, that of the disposal's error. So a printer of error chains prints each cause once.
#[derive(Debug)]
pub enum UsingError<E> {
    /// The body failed. The disposal did not.
    Body(E),
    /// The disposal failed, so the body's value is lost.
    Dispose(DisposeError),
    /// Both failed.
    Both {
        /// The error that the body returned.
        body: E,
        /// The error that the disposal returned.
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
        /// Boxes the body's error, so that `?` works on the result.
        ///
        /// Call this if `E` does not implement [`Error`]. `Box<dyn Error + Send + Sync>` and the error
        /// types built like it do not.
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

    /// A boxed error of a body, made by [`UsingError::boxed`]. `Display` and `source()` are those of that
    /// error.
    pub struct BodyError(Box<dyn Error + Send + Sync>);

    impl BodyError {
        /// Returns the boxed error.
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
