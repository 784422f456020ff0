use std::cell::RefCell;

use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(each, release = Close::close)]
    parts: RefCell<Vec<Handle>>,
}

fn main() {}
