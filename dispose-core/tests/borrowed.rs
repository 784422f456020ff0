//! `#[dispose(borrowed = Name)]`: a handle that does not own.

#![cfg(feature = "derive")]
#![deny(warnings)]
#![warn(missing_docs, clippy::pedantic)]

mod support;

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ptr::NonNull;

use dispose_core::{Close, Dispose, SafeHandle};

use crate::support::{log, logged};

fn release<T>(_: T) {
    log("released");
}

#[derive(Debug, Dispose, SafeHandle)]
#[dispose(borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(release = release, invalid = [-1, -2])]
    fd: i32,
}

impl BorrowedSocket<'_> {
    fn twice(self) -> i32 {
        2 * self.as_raw()
    }
}

/// Public, with all that a type may have.
#[derive(Close, SafeHandle)]
#[dispose(borrowed = BorrowedFont)]
pub struct Font<'handle, 'b, T: ?Sized, const N: usize = 4>
where
    T: Debug,
{
    library: PhantomData<(&'handle (), &'b T)>,
    #[unmanaged(release = release, always)]
    raw: NonNull<[u8; N]>,
}

#[derive(Close, SafeHandle)]
#[dispose(borrowed = BorrowedBuffer)]
struct Buffer<T>(#[unmanaged(release = release)] *mut T);

/// A raw type without `Debug`.
#[derive(Clone, Copy, PartialEq)]
struct Id(u64);

#[derive(Dispose, SafeHandle)]
#[dispose(borrowed = BorrowedPlain)]
struct Plain {
    #[unmanaged(release = release, invalid = Id(0))]
    id: Id,
}

macro_rules! handle {
    ($name:ident, $borrowed:ident, $ty:ty) => {
        #[derive(Dispose, SafeHandle)]
        #[dispose(borrowed = $borrowed)]
        struct $name {
            #[unmanaged(release = release)]
            raw: $ty,
        }
    };
}
handle!(Niche, BorrowedNiche, Option<NonNull<u8>>);

fn socket(fd: i32) -> Socket {
    // SAFETY: `release` takes any value.
    unsafe { Socket::from_raw(fd) }
}

#[test]
fn it_is_a_copy_of_the_raw_handle_that_releases_nothing() {
    fn is_copy<T: Copy>() {}

    let socket = socket(7);
    let borrowed = socket.as_borrowed().unwrap();
    let copy = borrowed;
    assert_eq!((borrowed.as_raw(), copy.as_raw(), borrowed.twice()), (7, 7, 14));
    assert_eq!(format!("{borrowed:?}"), "BorrowedSocket(7)");
    assert_eq!(logged(), "");
    drop(socket);
    assert_eq!(logged(), "released");

    is_copy::<BorrowedFont<'_, '_, '_, str>>();
    is_copy::<BorrowedBuffer<'_, String>>();
    is_copy::<BorrowedPlain<'_>>();
}

#[test]
fn it_is_as_large_as_the_raw_handle() {
    assert_eq!(size_of::<BorrowedSocket<'_>>(), size_of::<i32>());
    assert_eq!(size_of::<Option<BorrowedFont<'_, '_, '_, str>>>(), size_of::<usize>());
    assert_eq!(size_of::<BorrowedNiche<'_>>(), size_of::<usize>());
}

#[test]
fn nothing_is_lent_by_an_owner_that_holds_nothing() {
    let error = socket(-2).as_borrowed().unwrap_err();
    assert_eq!(error.to_string(), "`Socket` has been disposed");
    let mut socket = socket(7);
    socket.dispose().unwrap();
    assert!(socket.as_borrowed().is_err());
    let plain = Plain { id: Id(0) };
    assert!(plain.as_borrowed().is_err());
    let plain = Plain { id: Id(3) };
    assert_eq!(plain.as_borrowed().unwrap().as_raw().0, 3);
    drop(plain);
    assert!(Niche { raw: None }.as_borrowed().is_err());
    assert!(Buffer::<u8>(std::ptr::null_mut()).as_borrowed().is_err());
    assert_eq!(logged(), "released released", "the socket and the plain one");
}

#[test]
fn an_owner_that_is_never_empty_lends_always() {
    let mut memory = [1, 2, 3, 4];
    let raw = NonNull::from(&mut memory);
    let font = Font::<str> { library: PhantomData, raw };
    let borrowed: BorrowedFont<'_, '_, '_, str> = font.as_borrowed();
    assert_eq!(borrowed.as_raw(), raw);
    drop(font);
    assert_eq!(logged(), "released");
}

#[test]
fn a_callback_is_lent_what_it_does_not_own() {
    extern "C" fn on_event(handle: BorrowedSocket<'_>) -> i32 {
        handle.twice()
    }
    // SAFETY: 21 is alive until this ends.
    let lent = unsafe { BorrowedSocket::from_raw(21) };
    assert_eq!(on_event(lent), 42);
}

#[test]
fn it_crosses_threads_as_a_reference_to_its_owner_does() {
    fn is_send<T: Send>() {}
    is_send::<BorrowedSocket<'_>>();
}

/// The lifetime is the owner's borrow, and not shorter.
#[test]
fn it_outlives_the_reference_it_came_from() {
    fn first<'a>(sockets: &[&'a Socket]) -> BorrowedSocket<'a> {
        sockets[0].as_borrowed().unwrap()
    }
    let socket = socket(7);
    let borrowed = { first(&[&socket]) };
    assert_eq!(borrowed.as_raw(), 7);
    drop(socket);
    assert_eq!(logged(), "released");
}
