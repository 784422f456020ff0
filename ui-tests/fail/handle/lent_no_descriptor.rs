use dispose_core::{Dispose, SafeHandle};

#[derive(Dispose, SafeHandle)]
#[dispose(unsafe(as_fd))]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i64,
}

fn main() {}
