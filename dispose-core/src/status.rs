//! The conventions by which C functions report failure, for `check = status::zero` and the like.
//!
//! Each function receives what the release returned, and returns an [`Outcome`](crate::Outcome).
//! [`is_true`] receives a `bool` or an integer, [`code`] a `Result`, [`ignore`] any value, and the others an
//! integer of any type.
//!
//! | convention | success is | the error |
//! |---|---|---|
//! | [`zero`] | 0 | [`StatusError`] |
//! | [`one`] | 1 | [`StatusError`] |
//! | [`non_negative`] | 0 or more | [`StatusError`] |
//! | [`positive`] | more than 0 (OpenSSL, EGL, `GLib`) | [`StatusError`] |
//! | [`is_true`] | `true`, or any integer but 0 (C's truth, without an error number) | [`StatusError`] |
//! | `nonzero` | anything but 0 (Win32 `BOOL`) | the last error of the operating system |
//! | `errno` | anything but −1 | the last error of the operating system (`errno`) |
//! | `os_code` | 0 | what was returned, as an error of the operating system (`pthread_*`) |
//! | [`code`] | `Ok`, of a safe layer over C that returns `Result<T, c_int>` | [`StatusError`] of the code in `Err` |
//! | [`ignore`] | anything | none |
//!
//! The functions whose error is the operating system's need the feature `std`.
//!
//! Rows: [what the functions of real libraries return][rows], for `errno` and `os_code`
//! [those of the system][system], for [`one`] and [`positive`] [those of cryptography][cryptography].
//!
//! [rows]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#by-shape
//! [system]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#system
//! [cryptography]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#cryptography-tokens-and-identities

use core::cmp::Ordering;
use core::error::Error;
use core::fmt;

/// A status that means failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusError {
    code: i128,
}

impl StatusError {
    /// Returns the status that the release returned (for a `u128` above `i128::MAX`, its bits).
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
    note = "a release that returns nothing: leave out `check`",
    note = "a `Result` of `release_async` beside a status of `release`: leave out `check`, and check the status in `release = |value| dispose_core::status::zero(close(value))`",
    note = "a `bool`: `check = dispose_core::status::is_true`",
    note = "`check = |status| …` turns any value into `()` or `Result<(), E>`"
)]
pub trait Status: Copy + sealed::Sealed {
    #[doc(hidden)]
    fn code(self) -> i128;
    /// Compares it with 0.
    #[doc(hidden)]
    fn sign(self) -> Ordering;
    #[doc(hidden)]
    fn is_minus_one(self) -> bool;
    /// Returns `None` if it is out of the range of the operating system's error numbers.
    #[doc(hidden)]
    fn os_code(self) -> Option<i32>;
}

/// A truth value: a `bool`, or an integer that is 0 or not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a truth value",
    note = "a `bool` or an integer: `check = dispose_core::status::is_true`",
    note = "`check = |status| …` turns any value into `()` or `Result<(), E>`"
)]
pub trait Truth: sealed::Sealed {
    #[doc(hidden)]
    fn truth(self) -> bool;
}

impl Truth for bool {
    #[inline]
    fn truth(self) -> bool {
        self
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for bool {}
}

macro_rules! status {
    ($($int:ty)*) => {$(
        impl sealed::Sealed for $int {}

        impl Truth for $int {
            #[inline]
            fn truth(self) -> bool {
                self != 0
            }
        }

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

/// Accepts 0 as success.
///
/// # Errors
///
/// Returns a [`StatusError`] for any other value.
#[inline]
pub fn zero(status: impl Status) -> Result<(), StatusError> {
    success(status.code() == 0, status)
}

/// Accepts 1 as success.
///
/// # Errors
///
/// Returns a [`StatusError`] for any other value.
#[inline]
pub fn one(status: impl Status) -> Result<(), StatusError> {
    success(status.code() == 1, status)
}

/// Accepts 0 and greater values as success.
///
/// # Errors
///
/// Returns a [`StatusError`] for a negative value.
#[inline]
pub fn non_negative(status: impl Status) -> Result<(), StatusError> {
    success(status.sign().is_ge(), status)
}

/// Accepts values greater than 0 as success (OpenSSL, EGL, `GLib`).
///
/// These libraries do not report the error in `errno`.
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
/// Returns a [`StatusError`] for 0 and for a negative value.
#[inline]
pub fn positive(status: impl Status) -> Result<(), StatusError> {
    success(status.sign().is_gt(), status)
}

/// Accepts `true`, or any integer but 0, as success.
///
/// Use it for a library that keeps no error number. Where the operating system has one, use `nonzero`.
///
/// ```
/// use dispose_core::{Close, status};
/// # fn vlclose(_: u32) -> i32 { 0 }
///
/// #[derive(Close)]
/// struct Villa {
///     #[unmanaged(release = vlclose, check = status::is_true, always)]
///     id: u32,
/// }
///
/// assert_eq!(Villa { id: 1 }.close().unwrap_err().to_string(), "failed to dispose `Villa`: id: status 0");
/// ```
///
/// # Errors
///
/// Returns a [`StatusError`] with the code 0 for `false` and for 0.
#[inline]
pub fn is_true(status: impl Truth) -> Result<(), StatusError> {
    success(status.truth(), 0_u8)
}

/// Accepts `Ok` as success, for a safe layer over C that returns `Result<T, c_int>`.
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
/// Returns a [`StatusError`] if the release returned `Err`.
#[inline]
pub fn code<T>(result: Result<T, impl Status>) -> Result<(), StatusError> {
    result.map(drop).or_else(|code| success(false, code))
}

/// Accepts every value as success.
#[inline]
pub fn ignore<T>(_: T) {}

/// Accepts every value but 0 as success (Win32 `BOOL`).
///
/// # Errors
///
/// Returns [`std::io::Error::last_os_error`] for 0.
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
#[inline]
pub fn nonzero(status: impl Status) -> std::io::Result<()> {
    if status.code() == 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Accepts every value but −1 as success.
///
/// On Windows the error is that of `GetLastError`. This is right for Winsock, whose `SOCKET_ERROR` is −1.
/// It is wrong for the C runtime, which has an `errno` of its own.
///
/// # Errors
///
/// Returns [`std::io::Error::last_os_error`], which reads `errno`, for −1 (for an unsigned type, all bits
/// set).
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
#[inline]
pub fn errno(status: impl Status) -> std::io::Result<()> {
    if status.is_minus_one() { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Accepts 0 as success. Any other value is itself the error number (`pthread_*`, `RegCloseKey`).
///
/// # Errors
///
/// Returns [`std::io::Error::from_raw_os_error`] for any value but 0. If the value is out of the range of
/// the operating system's error numbers, returns a [`StatusError`] in a [`std::io::Error`].
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
