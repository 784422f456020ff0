//! A closure of a field that is released later reads it.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
struct Session {
    #[unmanaged(release = |id: i32| println!("{id} {}", (&self).socket.0))]
    id: Option<i32>,
    #[unmanaged(release = drop, unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

fn main() {
    drop(Session { id: Some(1), socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
