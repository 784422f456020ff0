use dispose_core::{Dispose, SafeHandle};

#[derive(Dispose, SafeHandle)]
#[dispose(borrowed = BorrowedSocket)]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {
    let borrowed = {
        let socket = Socket { fd: 1 };
        socket.as_borrowed().unwrap()
    };
    println!("{}", borrowed.as_raw());
}
