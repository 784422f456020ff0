use dispose_core::{Dispose, SafeHandle};

#[derive(Dispose, SafeHandle)]
#[dispose(borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {
    let mut socket = Socket { fd: 1 };
    let borrowed = socket.as_borrowed().unwrap();
    socket.dispose().unwrap();
    println!("{}", borrowed.as_raw());
}
