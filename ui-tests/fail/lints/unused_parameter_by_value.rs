#![deny(warnings)]

use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = |fd| close(self.len), always)]
    fd: i32,
    len: i32,
}

fn main() {}
