use dispose_core::Dispose;

#[derive(Dispose)]
#[dispose(borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {}
