use std::cell::Cell;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    other: Cell<*mut u8>,
}

fn main() {}
