//! A release that never returns reads the field first.
#![forbid(unsafe_code)]
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
        always,
    )]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
