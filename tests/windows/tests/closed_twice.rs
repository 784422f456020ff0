//! Handles that were closed behind the owner's back: the error is the one Win32 reports.
//!
//! The number of a closed handle goes to the next that is opened, so no other thread may open one
//! meanwhile: this is one test, in a process of its own.

#![cfg(windows)]

use std::net::UdpSocket;
use std::os::windows::io::IntoRawSocket;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::{error::Error, io};

use dispose_core::{Close, Dispose, DropReport, SafeHandle, set_drop_hook, status};
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_INVALID_HANDLE, ERROR_SUCCESS, HANDLE, HLOCAL, LocalFree, SetLastError,
};
use windows_sys::Win32::Networking::WinSock::{INVALID_SOCKET, SOCKET, WSAENOTSOCK, closesocket};
use windows_sys::Win32::System::Memory::{LMEM_MOVEABLE, LocalAlloc};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_CURRENT_USER, KEY_READ, RegCloseKey, RegOpenKeyExW,
};
use windows_sys::Win32::System::Threading::CreateEventW;

// SAFETY: whoever else closes the handle, Win32 notices.
#[derive(Close, SafeHandle)]
struct Event {
    #[unmanaged(
        unsafe(release = CloseHandle),
        check = status::nonzero,
        invalid = ptr::null_mut()
    )]
    handle: HANDLE,
}

// SAFETY: whoever else closes the handles, Win32 notices: the memory is moveable.
#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = RegCloseKey), check = status::os_code)]
    key: HKEY,
    #[unmanaged(unsafe(release = LocalFree), check = freed, on_error = keep)]
    memory: HLOCAL,
    #[unmanaged(unsafe(release = CloseHandle), check = status::nonzero)]
    event: HANDLE,
    #[unmanaged(unsafe(release = closesocket), check = status::errno, invalid = INVALID_SOCKET)]
    socket: SOCKET,
}

fn freed(left: HLOCAL) -> io::Result<()> {
    if left.is_null() { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn event() -> HANDLE {
    // SAFETY: the optional pointers are null.
    let handle = unsafe { CreateEventW(ptr::null(), 0, 0, ptr::null()) };
    assert!(!handle.is_null(), "{}", io::Error::last_os_error());
    handle
}

fn key() -> HKEY {
    let mut key = ptr::null_mut();
    let name: Vec<u16> = "Software\0".encode_utf16().collect();
    // SAFETY: the name ends in a zero, and `key` is written to.
    let result =
        unsafe { RegOpenKeyExW(HKEY_CURRENT_USER, name.as_ptr(), 0, KEY_READ, &raw mut key) };
    assert_eq!(result, ERROR_SUCCESS);
    key
}

fn memory() -> HLOCAL {
    // SAFETY: allocates, or returns null. What is moveable has a handle that Win32 checks.
    let memory = unsafe { LocalAlloc(LMEM_MOVEABLE, 64) };
    assert!(!memory.is_null(), "{}", io::Error::last_os_error());
    memory
}

fn socket() -> SOCKET {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    socket.into_raw_socket().try_into().expect("of the size of a pointer")
}

/// So that an error can only come from the release.
fn forget_last_error() {
    // SAFETY: it sets a number of this thread.
    unsafe { SetLastError(ERROR_SUCCESS) }
}

fn os_code(error: &(dyn Error + 'static)) -> Option<i32> {
    error.downcast_ref::<io::Error>()?.raw_os_error()
}

static REPORTED: AtomicI32 = AtomicI32::new(0);

fn record(report: &DropReport) {
    let code = report.error().and_then(|error| os_code(error.first().error()));
    REPORTED.store(code.unwrap_or(-1), Ordering::Relaxed);
}

#[test]
fn a_handle_that_was_closed_already_reports_the_last_error() {
    let invalid = i32::try_from(ERROR_INVALID_HANDLE).unwrap();
    set_drop_hook(Some(record));

    // By value: from `close`, and to the hook from `Drop`.
    // SAFETY: the handle is this owner's, and closing it behind its back frees no memory.
    let stale = || unsafe {
        let event = Event::from_raw(event());
        assert_ne!(CloseHandle(event.as_raw().unwrap()), 0);
        forget_last_error();
        event
    };
    let error = stale().close().unwrap_err();
    assert_eq!(error.first().path(), "handle");
    assert_eq!(os_code(error.first().error()), Some(invalid), "{error}");
    drop(stale());
    assert_eq!(REPORTED.load(Ordering::Relaxed), invalid);

    // In place: four conventions, each with its own error, newest first.
    let mut owner = Owner { key: key(), memory: memory(), event: event(), socket: socket() };
    // SAFETY: all four are live, and closing them behind the owner's back is noticed by Win32.
    unsafe {
        assert_eq!(RegCloseKey(owner.key), ERROR_SUCCESS);
        assert!(LocalFree(owner.memory).is_null());
        assert_ne!(CloseHandle(owner.event), 0);
        assert_eq!(closesocket(owner.socket), 0);
    }
    forget_last_error();
    let error = owner.dispose().unwrap_err();
    let failures: Vec<_> =
        error.failures().map(|failure| (failure.path(), os_code(failure.error()))).collect();
    assert_eq!(
        failures,
        [("socket", Some(WSAENOTSOCK)), ("event", Some(invalid)), ("memory", Some(invalid))],
        "{error}"
    );
    assert!(!owner.memory.is_null(), "kept, since it was not freed");
    assert!(!owner.key.is_null(), "and what is declared before it stays");
    assert_eq!(owner.socket, INVALID_SOCKET);
    assert!(owner.event.is_null(), "never retried");
    owner.memory = ptr::null_mut();
    let error = owner.dispose().unwrap_err();
    assert_eq!(error.first().path(), "key");
    assert_eq!(os_code(error.first().error()), Some(invalid), "{error}");
    assert!(owner.key.is_null(), "never retried");
    owner.dispose().unwrap();
}
