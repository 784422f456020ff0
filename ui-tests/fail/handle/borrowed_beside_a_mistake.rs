use dispose_core::{Dispose, SafeHandle};

#[derive(Dispose, SafeHandle)]
#[dispose(borrowed = BorrowedSocket, explicitly)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn twice(socket: BorrowedSocket<'_>) -> i32 {
    2 * socket.as_raw()
}

fn main() {
    let socket = Socket { fd: 1 };
    twice(socket.as_borrowed().unwrap());
}
