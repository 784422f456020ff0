use dispose_core::{Dispose, SafeHandle};

#[derive(Dispose, SafeHandle)]
#[dispose(borrowed = sys::BorrowedSocket)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {}
