use std::sync::atomic::AtomicPtr;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    other: AtomicPtr<u8>,
}

fn main() {}
