//! What receives the report of a `Drop` reads the field.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
#[dispose(explicit, on_drop = |_report| println!("{}", self.socket.0))]
struct Session {
    #[unmanaged(release = drop, unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
