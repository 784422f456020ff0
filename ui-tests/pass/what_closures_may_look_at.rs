//! What is not an error: to look at a field that is empty or released when the closure runs.

#![allow(dead_code, unused_parens)]

use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose};

fn log(_: i32) {}
fn log_all(_: [Option<i32>; 2]) {}
fn free(_: *mut u8) {}

#[derive(Dispose)]
struct Empty {
    #[dispose(skip)]
    seen: Vec<*mut u8>,
    #[unmanaged(release = |first| { assert!(self.second.is_null()); self.seen.push(self.second); free(first) })]
    first: *mut u8,
    #[unmanaged(release = |other| match (self.second) { _ => free(other) })]
    other: *mut u8,
    #[unmanaged(release = |second| if self.second.is_null() { free(second) })]
    second: *mut u8,
    // A place that is filled again.
    #[unmanaged(release = |third| { self.third = ptr::null_mut(); free(third); })]
    third: *mut u8,
    // A collection that is not empty yet.
    #[unmanaged(each, release = |_| log_all(self.each))]
    each: [Option<i32>; 2],
    // A number that is passed beside the value.
    #[unmanaged(release = |fd| { log(fd); log(self.fd) }, invalid = -1)]
    fd: i32,
}

#[derive(Close)]
struct Released {
    #[unmanaged(release = |()| { log(self.id); eprintln!("{:?}", self.handle) })]
    running: Option<()>,
    #[unmanaged(release = log, always)]
    id: i32,
    #[unmanaged(release = |handle| { log(0); free(handle.as_ptr()); free(self.handle.as_ptr()) }, always)]
    handle: NonNull<u8>,
}

#[derive(Dispose)]
enum Variant {
    Open {
        #[unmanaged(release = |first| { assert!(second.is_null()); free(first) })]
        first: *mut u8,
        #[unmanaged(release = |second| free(second))]
        second: *mut u8,
    },
}

fn main() {}
