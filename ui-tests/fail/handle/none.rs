use dispose_core::{Close, SafeHandle};

fn unlock(_: &mut Guard) {}

#[derive(Close, SafeHandle)]
#[dispose(before = unlock)]
struct Guard {
    count: usize,
}

fn main() {}
