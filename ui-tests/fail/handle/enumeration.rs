use dispose_core::{Close, SafeHandle};

fn close(_: i32) {}

#[derive(Close, SafeHandle)]
enum Owner {
    Open(#[unmanaged(release = close)] Option<i32>),
}

fn main() {}
