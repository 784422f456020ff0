//! A release that never returns reads the field first.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
struct Session {
    #[unmanaged(
        release = |socket: Socket| -> ! {
            drop(socket);
            panic!("{}", (&self).socket.0)
        },
        unsafe(always),
    )]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
