//! Real libraries' second owners: `clone = F` by the counts of OpenSSL and `GLib`, and by `dup`.

#![cfg(target_os = "linux")]
#![allow(non_snake_case, reason = "C's names")]

use std::env;
use std::ffi::{c_int, c_long};
use std::fs::File;
use std::io;
use std::os::fd::IntoRawFd as _;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

use dispose_core::{Close, Dispose, SafeHandle, status};
use dispose_releases::{NULL, P, libc, library};

/// Whether the library is there, or may be missing.
fn is_there(file: &str) -> bool {
    // SAFETY: its initialisers are sound.
    let is_there = unsafe { libloading::Library::new(file) }.map(std::mem::forget).is_ok();
    assert!(is_there || env::var_os("DISPOSE_REQUIRE_ALL").is_none(), "missing: {file}");
    is_there
}

library! {
    CRYPTO "OpenSSL" in "libcrypto.so.3";
    version "3";
    fn CRYPTO_get_ex_new_index(class: c_int, long: c_long, data: P, new: P, dup: P, free: Freed) -> c_int;
}
type Freed = extern "C" fn(P, P, P, c_int, c_long, P);

library! {
    SSL "OpenSSL (TLS)" in "libssl.so.3";
    version "3";
    fn TLS_client_method() -> P;
    fn SSL_CTX_new(method: P) -> P;
    fn SSL_CTX_up_ref(context: P) -> c_int;
    fn SSL_CTX_set_ex_data(context: P, index: c_int, data: P) -> c_int;
    fn SSL_CTX_free(context: P);
}

library! {
    GIO "GLib (GIO)" in "libgio-2.0.so.0";
    version "2";
    fn g_cancellable_new() -> P;
    fn g_object_ref(object: P) -> P;
    fn g_object_weak_ref(object: P, notify: extern "C" fn(P, P), data: P);
    fn g_object_unref(object: P);
}

/// A TLS context, which all of its owners share.
#[derive(Close)]
struct Context {
    // SAFETY: each owner has a count of its own, and gives it back once.
    #[unmanaged(
        unsafe(release = |context| SSL_CTX_free(context.as_ptr())),
        unsafe(clone = |context| status::one(SSL_CTX_up_ref(context.as_ptr()))),
        always
    )]
    context: NonNull<std::ffi::c_void>,
    name: String,
}

const CLASS_OF_CONTEXTS: c_int = 1;
static CONTEXTS_FREED: AtomicI32 = AtomicI32::new(0);

extern "C" fn context_freed(_: P, data: P, _: P, _: c_int, _: c_long, _: P) {
    if !data.is_null() {
        CONTEXTS_FREED.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn contexts_of_openssl_are_freed_by_their_last_owner() {
    if !is_there("libssl.so.3") || !is_there("libcrypto.so.3") {
        return;
    }
    // SAFETY: all is as the library says; the data is only looked at, whether it is null.
    let context = unsafe {
        let index = CRYPTO_get_ex_new_index(CLASS_OF_CONTEXTS, 0, NULL, NULL, NULL, context_freed);
        let context = SSL_CTX_new(TLS_client_method());
        assert_eq!(SSL_CTX_set_ex_data(context, index, std::ptr::dangling_mut()), 1);
        NonNull::new(context).unwrap()
    };
    let one = Context { context, name: "client".into() };
    let others: Vec<_> = (0..3).map(|_| one.clone()).collect();
    assert!(others.iter().all(|other| other.name == "client" && other.context == one.context));
    one.close().unwrap();
    let last = others.last().unwrap().clone();
    drop(others);
    assert_eq!(CONTEXTS_FREED.load(Ordering::SeqCst), 0);
    drop(last);
    assert_eq!(CONTEXTS_FREED.load(Ordering::SeqCst), 1);
}

/// An object of `GLib`, in place.
#[derive(Dispose)]
struct Object {
    // SAFETY: each owner has a reference of its own, and gives it back once.
    #[unmanaged(unsafe(release = g_object_unref), unsafe(clone = g_object_ref))]
    object: P,
}

static OBJECTS_FREED: AtomicI32 = AtomicI32::new(0);

extern "C" fn object_freed(_: P, _: P) {
    OBJECTS_FREED.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn objects_of_glib_are_freed_by_their_last_owner() {
    if !is_there("libgio-2.0.so.0") {
        return;
    }
    // SAFETY: all is as the library says.
    let object = unsafe {
        let object = g_cancellable_new();
        g_object_weak_ref(object, object_freed, NULL);
        object
    };
    let mut one = Object { object };
    let two = one.clone();
    one.dispose().unwrap();
    assert!(one.clone().is_disposed());
    assert_eq!((two.object, OBJECTS_FREED.load(Ordering::SeqCst)), (object, 0));
    drop((one, two));
    assert_eq!(OBJECTS_FREED.load(Ordering::SeqCst), 1);
}

/// A descriptor, whose clone is another one of the same open file.
#[derive(Close, SafeHandle)]
#[dispose(error = io::Error)]
struct Descriptor {
    // SAFETY: nothing else closes it.
    #[unmanaged(
        unsafe(release = libc::close),
        check = status::errno,
        unsafe(clone = |fd| { let new = libc::dup(fd); status::errno(new).map(|()| new) }),
        invalid = -1
    )]
    fd: c_int,
}

#[test]
fn a_duplicated_descriptor_shares_the_open_file() {
    let path = env::temp_dir().join(format!("dispose-retained-{}", std::process::id()));
    let one = Descriptor { fd: File::create(&path).unwrap().into_raw_fd() };
    let two = one.clone();
    assert_ne!(one.fd, two.fd);
    let write = |descriptor: &Descriptor, text: &str| {
        // SAFETY: it is open.
        let written = unsafe { libc::write(descriptor.fd, text.as_ptr().cast(), text.len()) };
        assert_eq!(written.unsigned_abs(), text.len());
    };
    write(&one, "one ");
    one.close().unwrap();
    write(&two, "two");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one two");
    two.close().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(Descriptor { fd: -1 }.clone().fd, -1);

    // One that is not open cannot be duplicated, and is not closed with success either.
    let panic = std::panic::catch_unwind(|| Descriptor { fd: c_int::MAX }.clone());
    let message = *panic.err().unwrap().downcast::<String>().unwrap();
    assert_eq!(message, "failed to clone `Descriptor`: fd: Bad file descriptor (os error 9)");
    let error = Descriptor { fd: c_int::MAX }.close().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF));
}
