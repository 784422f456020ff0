//! So does the `check`, and the `drop`.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
struct Session {
    #[unmanaged(release = drop, check = |()| println!("{}", (&self).socket.0), unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

#[derive(Close)]
struct Other {
    #[unmanaged(release = drop, drop = |socket: Socket| drop((socket, (&self).socket.0.clone())), unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
    drop(Other { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
