//! A type that is one handle and nothing else.

use crate::{Close, Disposed};

/// A type that is one owned handle and nothing else, as .NET's `SafeHandle` is.
///
/// [`#[derive(SafeHandle)]`](macro@crate::SafeHandle) stands beside `#[derive(Close)]` (for handles
/// that are handed out) or `#[derive(Dispose)]`. The type is a struct with one `#[unmanaged]` field, which
/// is `Copy`. Every other field is made by `Default`, such as a `PhantomData`. The handle is as large as
/// its raw value. `Debug` is the ordinary derive's. On request the derive also makes a
/// [counterpart that does not own](macro@crate::SafeHandle#a-handle-that-does-not-own-borrowed--name),
/// and the standard library's `AsFd` or `AsHandle`.
///
/// ```
/// use dispose_core::{Close, SafeHandle};
/// # mod sys { pub fn close(_: i32) -> std::io::Result<()> { Ok(()) } }
///
/// #[derive(Debug, Close, SafeHandle)]
/// pub struct Socket {
///     #[unmanaged(release = sys::close, invalid = -1)]
///     fd: i32,
/// }
///
/// // SAFETY: nothing else closes descriptor 7.
/// let socket = unsafe { Socket::from_raw(7) };
/// assert_eq!(socket.as_raw()?, 7);
/// assert_eq!(socket.into_raw(), 7); // given up: nothing closes it any more
///
/// // What a failed `open` returns is not a handle, and is never released.
/// // SAFETY: -1 is not a descriptor.
/// let failed = unsafe { Socket::from_raw(-1) };
/// assert!(failed.is_invalid());
/// # Ok::<(), dispose_core::Disposed>(())
/// ```
///
/// Under `derive(Close)` a handle without an empty state may be `always`: it is never invalid, and
/// [`as_raw`](Self::as_raw) never fails.
///
/// ```
/// use core::marker::PhantomData;
/// use core::ptr::NonNull;
/// use dispose_core::{Close, SafeHandle};
/// # mod sys { pub unsafe fn font_free(_: core::ptr::NonNull<u8>) {} }
///
/// #[derive(Close, SafeHandle)]
/// pub struct Font<'lib> {
///     #[unmanaged(unsafe(release = sys::font_free), always)]
///     raw: NonNull<u8>,
///     library: PhantomData<&'lib ()>,
/// }
/// # // SAFETY: this `font_free` frees nothing.
/// # let _ = unsafe { Font::from_raw(NonNull::dangling()) };
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a safe handle",
    label = "does not implement `SafeHandle`",
    note = "a struct with one `#[unmanaged]` field: `#[derive(Close, SafeHandle)]` on it"
)]
pub trait SafeHandle: Close {
    /// The type of the raw handle, which is the field's type. An `Option<NonNull<T>>` stays an `Option`.
    type Raw: Copy;

    /// Takes ownership of a raw handle.
    ///
    /// A value that means "no resource" (null, `None`, one of `invalid = …`) is allowed. The handle
    /// then [is invalid](Self::is_invalid) and releases nothing.
    ///
    /// # Safety
    ///
    /// `raw` is a live resource of this type's kind that nothing else releases, or means "no
    /// resource".
    #[must_use = "dropping the handle releases what it was given"]
    unsafe fn from_raw(raw: Self::Raw) -> Self;

    /// Returns the raw handle, for a call that needs it. `self` still owns it.
    ///
    /// # Errors
    ///
    /// Returns [`Disposed`], which names the type, if nothing is held.
    fn as_raw(&self) -> Result<Self::Raw, Disposed>;

    /// Returns the raw handle, which the caller now owns and releases. The other fields are dropped.
    ///
    /// After a disposal it is the invalid value (the first one of `invalid = …`).
    #[must_use = "nothing else releases the raw handle"]
    fn into_raw(self) -> Self::Raw;

    /// Returns `true` if nothing is held.
    ///
    /// `self` was then made from a value that means "no resource", or has been disposed.
    fn is_invalid(&self) -> bool;
}
