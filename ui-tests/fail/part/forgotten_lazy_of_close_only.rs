use std::sync::OnceLock;

use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    part: OnceLock<Handle>,
}

fn main() {}
