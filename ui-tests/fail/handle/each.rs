use dispose_core::{Close, SafeHandle};

fn close(_: i32) {}

#[derive(Close, SafeHandle)]
struct Handles {
    #[unmanaged(release = close, each)]
    fds: Vec<i32>,
}

fn main() {}
