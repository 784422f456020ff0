use dispose_core::{Close, SafeHandle};

fn close(_: i32) {}

#[derive(Close, SafeHandle)]
struct Owner<T> {
    #[unmanaged(release = close, always)]
    a: i32,
    library: T,
}

fn main() {}
