//! How C functions say that they failed: `check = status::zero` and the like.
//!
//! Each takes what the release returned, of any integer type, and answers an
//! [`Outcome`](crate::Outcome).
//!
//! | convention | success is | the error |
//! |---|---|---|
//! | [`zero`] | 0 | [`StatusError`] |
//! | [`one`] | 1 | [`StatusError`] |
//! | [`non_negative`] | 0 or more | [`StatusError`] |
//! | [`positive`] | more than 0 (OpenSSL, EGL, `GLib`) | [`StatusError`] |
//! | [`is_true`] | `true` | [`StatusError`] |
//! | `nonzero` | anything but 0 (Win32 `BOOL`) | the last error of the operating system |
//! | `errno` | anything but −1 | the last error of the operating system (`errno`) |
//! | `os_code` | 0 | what was returned, as an error of the operating system (`pthread_*`) |
//! | [`code`] | `Ok`, of a safe layer over C that returns `Result<T, c_int>` | [`StatusError`] of the code in `Err` |
//! | [`ignore`] | anything | none |
//!
//! Those that name the operating system need the feature `std`.

use core::cmp::Ordering;
use core::error::Error;
use core::fmt;

/// A status that means failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusError {
    code: i128,
}

impl StatusError {
    /// What the release returned (for a value of `u128` above `i128::MAX`, its bits).
    #[must_use]
    pub fn code(&self) -> i128 {
        self.code
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.code)
    }
}

impl Error for StatusError {}

/// An integer type that a C function returns as its status.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a status of an integer type",
    note = "`check = |status| …` turns any value into `()` or `Result<(), E>`"
)]
pub trait Status: Copy + sealed::Sealed {
    #[doc(hidden)]
    fn code(self) -> i128;
    /// Compared with 0.
    #[doc(hidden)]
    fn sign(self) -> Ordering;
    #[doc(hidden)]
    fn is_minus_one(self) -> bool;
    /// `None` if it is no number of the operating system's.
    #[doc(hidden)]
    fn os_code(self) -> Option<i32>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! status {
    ($($int:ty)*) => {$(
        impl sealed::Sealed for $int {}

        #[allow(
            clippy::allow_attributes, clippy::cast_lossless, clippy::cast_possible_truncation,
            clippy::cast_possible_wrap, clippy::cast_sign_loss,
            reason = "one text for all types"
        )]
        impl Status for $int {
            #[inline]
            fn code(self) -> i128 {
                self as i128
            }
            #[inline]
            fn is_minus_one(self) -> bool {
                self == (-1_i128) as Self
            }
            #[inline]
            fn sign(self) -> Ordering {
                self.cmp(&0)
            }
            #[inline]
            fn os_code(self) -> Option<i32> {
                // Windows has unsigned ones, above `i32::MAX`.
                i32::try_from(self).ok().or_else(|| Some(u32::try_from(self).ok()? as i32))
            }
        }
    )*};
}
status!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

#[inline]
fn success(success: bool, status: impl Status) -> Result<(), StatusError> {
    if success { Ok(()) } else { Err(StatusError { code: status.code() }) }
}

/// 0 is success.
///
/// # Errors
///
/// Any other value, as a [`StatusError`].
#[inline]
pub fn zero(status: impl Status) -> Result<(), StatusError> {
    success(status.code() == 0, status)
}

/// 1 is success.
///
/// # Errors
///
/// Any other value, as a [`StatusError`].
#[inline]
pub fn one(status: impl Status) -> Result<(), StatusError> {
    success(status.code() == 1, status)
}

/// 0 and what is greater is success.
///
/// # Errors
///
/// A negative value, as a [`StatusError`].
#[inline]
pub fn non_negative(status: impl Status) -> Result<(), StatusError> {
    success(status.sign().is_ge(), status)
}

/// What is greater than 0 is success (OpenSSL, EGL, `GLib`). Nothing is in `errno`.
///
/// ```
/// use dispose_core::{Dispose, status};
/// # mod sys { pub fn shutdown(session: u32) -> i32 { if session == 0 { 0 } else { 1 } } }
///
/// #[derive(Dispose)]
/// struct Tls {
///     #[unmanaged(release = sys::shutdown, check = status::positive)]
///     session: Option<u32>,
/// }
///
/// assert!(Tls { session: Some(1) }.dispose().is_ok());
/// assert!(Tls { session: Some(0) }.dispose().is_err());
/// ```
///
/// # Errors
///
/// 0 and any negative value, as a [`StatusError`].
#[inline]
pub fn positive(status: impl Status) -> Result<(), StatusError> {
    success(status.sign().is_gt(), status)
}

/// `true` is success.
///
/// # Errors
///
/// `false`, as a [`StatusError`] with the code 0.
#[inline]
pub fn is_true(status: bool) -> Result<(), StatusError> {
    success(status, u8::from(status))
}

/// `Ok` is success, and the integer in `Err` is the code: what a safe layer over C returns.
///
/// ```
/// use dispose_core::{Close, status};
/// # fn release_context(_: u32) -> Result<(), i32> { Err(-34) }
///
/// #[derive(Close)]
/// struct Context {
///     #[unmanaged(release = release_context, check = status::code, always)]
///     id: u32,
/// }
///
/// let error = Context { id: 1 }.close().unwrap_err();
/// assert_eq!(error.to_string(), "failed to dispose `Context`: id: status -34");
/// ```
///
/// # Errors
///
/// `Err`, as a [`StatusError`].
#[inline]
pub fn code<T>(result: Result<T, impl Status>) -> Result<(), StatusError> {
    result.map(drop).or_else(|code| success(false, code))
}

/// Whatever the release returns is no failure.
#[inline]
pub fn ignore<T>(_: T) {}

/// Anything but 0 is success; on 0 the error is the operating system's last one (Win32 `BOOL`).
///
/// # Errors
///
/// 0, as [`std::io::Error::last_os_error`].
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
#[inline]
pub fn nonzero(status: impl Status) -> std::io::Result<()> {
    if status.code() == 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Anything but −1 is success; on −1 the error is in `errno`.
///
/// On Windows the last error is `GetLastError`'s, which is right for Winsock (`SOCKET_ERROR` is −1) and
/// not for the C runtime, whose `errno` is apart.
///
/// # Errors
///
/// −1 (all bits set, for an unsigned type), as [`std::io::Error::last_os_error`].
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
#[inline]
pub fn errno(status: impl Status) -> std::io::Result<()> {
    if status.is_minus_one() { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// 0 is success; any other value is itself the error number (`pthread_*`, `RegCloseKey`).
///
/// # Errors
///
/// Any value but 0, as [`std::io::Error::from_raw_os_error`]; a value that is too large for a number
/// of the operating system's, as a [`StatusError`] in a [`std::io::Error`].
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
#[inline]
pub fn os_code(status: impl Status) -> std::io::Result<()> {
    if status.code() == 0 {
        return Ok(());
    }
    Err(match status.os_code() {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::other(StatusError { code: status.code() }),
    })
}
