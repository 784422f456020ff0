use std::ptr::NonNull;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    others: (usize, [NonNull<u8>; 2]),
}

fn main() {}
