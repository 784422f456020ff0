use std::os::fd::RawFd;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    others: Vec<RawFd>,
}

fn main() {}
