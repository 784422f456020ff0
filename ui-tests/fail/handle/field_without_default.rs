use dispose_core::{Close, SafeHandle};

fn close(_: i32) {}

struct Library;

#[derive(Close, SafeHandle)]
struct Owner {
    #[unmanaged(release = close, always)]
    a: i32,
    library: Library,
}

fn main() {}
