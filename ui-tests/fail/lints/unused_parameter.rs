#![deny(warnings)]

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |fd| close(self.len))]
    fd: Option<i32>,
    len: i32,
}

fn main() {}
