use dispose_core::{Close, SafeHandle};

#[derive(Close, SafeHandle)]
struct Handle {
    #[unmanaged(release = 5)]
    fd: Option<i32>,
}

fn main() {}
