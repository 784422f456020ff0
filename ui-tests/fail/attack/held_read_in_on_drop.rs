//! What receives the report of a `Drop` reads the field.
#![forbid(unsafe_code)]
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
#[dispose(explicit, on_drop = |_report| println!("{}", self.socket.0))]
struct Session {
    #[unmanaged(release = drop, always)]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
