//! `unsafe(as_handle)` and `unsafe(as_socket)`, against real handles.

#![cfg(windows)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::{
    AsHandle as _, AsRawHandle as _, AsRawSocket as _, AsSocket as _, FromRawHandle as _,
    FromRawSocket as _, IntoRawHandle as _, IntoRawSocket as _, OwnedHandle, OwnedSocket,
};
use std::{env, ptr};

use dispose_core::{Close, Dispose, SafeHandle, status};
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Networking::WinSock::{INVALID_SOCKET, SOCKET, closesocket};

#[derive(Dispose, SafeHandle)]
#[dispose(unsafe(as_handle), borrowed = BorrowedObject)]
struct Object {
    #[unmanaged(
        unsafe(release = CloseHandle),
        check = status::nonzero,
        invalid = [ptr::null_mut(), INVALID_HANDLE_VALUE],
    )]
    handle: HANDLE,
}

#[derive(Close, SafeHandle)]
#[dispose(unsafe(as_socket))]
struct Socket {
    #[unmanaged(
        unsafe(release = closesocket),
        check = status::zero,
        invalid = INVALID_SOCKET,
    )]
    socket: SOCKET,
}

#[test]
fn a_handle_is_lent() {
    let file = File::open(env::current_exe().unwrap()).unwrap();
    // SAFETY: just opened, and given up by the file.
    let mut object = unsafe { Object::from_raw_handle(file.into_raw_handle()) };
    assert_eq!(object.as_handle().as_raw_handle(), object.as_raw().unwrap());
    let borrowed = object.as_borrowed().unwrap();
    assert_eq!(borrowed.as_handle().as_raw_handle(), object.as_raw_handle());
    let mut copy = File::from(object.as_handle().try_clone_to_owned().unwrap());
    let mut start = [0; 2];
    copy.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"MZ");

    object.dispose().unwrap();
    assert!(
        std::panic::catch_unwind(move || {
            let _ = object.as_handle();
        })
        .is_err()
    );

    let file = File::open(env::current_exe().unwrap()).unwrap();
    // SAFETY: as above.
    let object = unsafe { Object::from_raw_handle(file.into_raw_handle()) };
    // SAFETY: given up by `object`.
    drop(unsafe { OwnedHandle::from_raw_handle(object.into_raw_handle()) });
}

#[test]
fn a_socket_is_lent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (here, _) = listener.accept().unwrap();
    // SAFETY: accepted just now, and given up by the stream.
    let socket = unsafe { Socket::from_raw_socket(here.into_raw_socket()) };
    assert_eq!(socket.as_raw_socket() as usize, socket.as_raw().unwrap());
    let mut copy = TcpStream::from(socket.as_socket().try_clone_to_owned().unwrap());
    there.write_all(b"hello").unwrap();
    let mut text = [0; 5];
    copy.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"hello");
    // SAFETY: given up by `socket`.
    drop(unsafe { OwnedSocket::from_raw_socket(socket.into_raw_socket()) });
}
