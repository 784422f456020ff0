use dispose_core::{Close, SafeHandle};

fn close(_: i32) {}

#[derive(Close, SafeHandle)]
struct Owner {
    #[unmanaged(release = close, always)]
    a: i32,
    #[unmanaged(release = close, always)]
    b: i32,
}

fn main() {}
