// Nor are those of `forget` and `try_close`.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::io;

use dispose_core::{Close, Dispose, TryClose};

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

fn abort(_: i32) {}

#[derive(Close)]
#[dispose(forget)]
struct Handle {
    #[unmanaged(release = close, drop = abort, on_error = keep, always)]
    fd: i32,
    _name: String,
}

#[derive(Dispose)]
#[dispose(forget)]
struct Owner {
    #[unmanaged(release = close, drop = abort, on_error = keep_if(|_error| true))]
    fd: Option<i32>,
    #[unmanaged(release = Close::close, drop = drop)]
    handle: Option<Handle>,
}

fn main() {
    let handle = || Handle { fd: 1, _name: String::new() };
    drop(Owner { fd: Some(1), handle: Some(handle()) });
    assert!(handle().try_close().is_ok());
}
