// The expansion of `derive(Close)` has unsafe blocks of its own, which are not the user's.
#![forbid(unsafe_code)]
#![deny(warnings)]

use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
    _name: String,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = Close::close)]
    handle: Option<Handle>,
}

fn main() {
    drop(Owner { handle: Some(Handle { fd: 1, _name: String::new() }) });
}
