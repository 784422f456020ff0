#![allow(unused_parens)]

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    memory: (*mut u8),
}

fn main() {}
