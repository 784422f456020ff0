//! A closure that runs when the value is gone reads the field.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
struct Session {
    #[unmanaged(release = |socket: Socket| drop((socket, *(&self).socket.0)), unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
