use dispose_core::{Close, SafeHandle};

#[derive(Close, SafeHandle)]
#[dispose(borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {
    let socket = Socket { fd: 1 };
    let borrowed = socket.as_borrowed().unwrap();
    socket.close().unwrap();
    println!("{}", borrowed.as_raw());
}
