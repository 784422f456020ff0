//! `#[dispose(unsafe(as_fd))]`: the descriptor as the standard library lends it.

#![cfg(all(feature = "derive", feature = "std", any(unix, target_os = "wasi")))]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "nothing else releases these, or reads them afterwards"
)]
#![deny(warnings)]
#![warn(missing_docs, clippy::pedantic)]

mod support;

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use dispose_core::{Close, Dispose, SafeHandle};

use crate::support::panic_of;

/// # Safety
///
/// `fd` is open, and the caller owns it.
unsafe fn close(fd: RawFd) {
    // SAFETY: as the caller promises.
    drop(unsafe { OwnedFd::from_raw_fd(fd) });
}

#[derive(Debug, Dispose, SafeHandle)]
#[dispose(unsafe(as_fd), borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(unsafe(release = close), invalid = [-1, -2])]
    fd: i32,
}

#[derive(Close, SafeHandle)]
#[dispose(unsafe(as_fd))]
struct Slot<T: Default> {
    #[unmanaged(unsafe(release = close))]
    fd: Option<RawFd>,
    other: T,
}

#[derive(Close, SafeHandle)]
#[dispose(unsafe(as_fd))]
struct Always(#[unmanaged(unsafe(release = close), always)] RawFd);

fn open() -> RawFd {
    File::open("Cargo.toml").unwrap().into_raw_fd()
}

/// Reads from it through a descriptor of its own.
fn read(lent: &impl AsFd) -> String {
    let mut file = File::from(lent.as_fd().try_clone_to_owned().unwrap());
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn it_lends_an_open_descriptor() {
    // SAFETY: just opened, and nothing else closes it.
    let socket = unsafe { Socket::from_raw_fd(open()) };
    assert!(read(&socket).contains("[package]"));
    assert_eq!(socket.as_fd().as_raw_fd(), socket.as_raw().unwrap());
    assert_eq!(socket.as_raw_fd(), socket.as_raw().unwrap());
    let borrowed = socket.as_borrowed().unwrap();
    assert_eq!(borrowed.as_fd().as_raw_fd(), socket.as_raw_fd());
    assert_eq!(borrowed.as_raw_fd(), socket.as_raw_fd());

    // SAFETY: as above.
    let slot = unsafe { Slot::<u8>::from_raw_fd(open()) };
    assert!(read(&slot).contains("[package]"));
    assert_eq!(slot.other, 0);
    // SAFETY: as above.
    let always = unsafe { Always::from_raw_fd(open()) };
    assert!(read(&always).contains("[package]"));
}

#[test]
fn what_is_given_up_is_open_and_the_callers() {
    // SAFETY: just opened, and nothing else closes it.
    let socket = unsafe { Socket::from_raw_fd(open()) };
    // SAFETY: given up, so nothing else closes it.
    let owned = unsafe { OwnedFd::from_raw_fd(socket.into_raw_fd()) };
    assert!(read(&owned).contains("[package]"));
    // SAFETY: as above.
    let owned = unsafe { OwnedFd::from_raw_fd(Slot::<u8>::from_raw_fd(open()).into_raw_fd()) };
    assert!(read(&owned).contains("[package]"));
    // SAFETY: as above.
    let owned = unsafe { OwnedFd::from_raw_fd(Always::from_raw_fd(open()).into_raw_fd()) };
    assert!(read(&owned).contains("[package]"));
}

#[test]
fn a_disposed_owner_lends_nothing() {
    /// Its author forgot that -1 is not a descriptor.
    #[derive(Dispose, SafeHandle)]
    #[dispose(unsafe(as_fd), borrowed = BorrowedOdd)]
    struct Odd {
        #[unmanaged(release = |_fd| (), invalid = 0)]
        fd: RawFd,
    }

    // SAFETY: just opened, and nothing else closes it.
    let mut socket = unsafe { Socket::from_raw_fd(open()) };
    socket.dispose().unwrap();
    assert_eq!(panic_of(|| socket.as_fd().as_raw_fd()).unwrap(), "`Socket` holds no descriptor");
    assert_eq!(panic_of(|| socket.as_raw_fd()).unwrap(), "`Socket` holds no descriptor");
    assert_eq!(socket.into_raw_fd(), -1);

    // A value that the author calls invalid is not lent, though it is not -1.
    let socket = Socket { fd: -2 };
    assert_eq!(panic_of(|| socket.as_fd().as_raw_fd()).unwrap(), "`Socket` holds no descriptor");

    let slot = Slot { fd: None, other: 0_u8 };
    assert_eq!(panic_of(|| slot.as_raw_fd()).unwrap(), "`Slot` holds no descriptor");
    assert_eq!(slot.into_raw_fd(), -1);

    // Nor is -1, whatever the author calls invalid.
    let odd = Odd { fd: -1 };
    assert_eq!(panic_of(|| odd.as_fd().as_raw_fd()).unwrap(), "`Odd` holds no descriptor");
    let odd = odd.as_borrowed().unwrap();
    assert_eq!(panic_of(|| odd.as_fd().as_raw_fd()).unwrap(), "`BorrowedOdd` holds no descriptor");
    assert_eq!(panic_of(|| odd.as_raw_fd()).unwrap(), "`BorrowedOdd` holds no descriptor");
}
