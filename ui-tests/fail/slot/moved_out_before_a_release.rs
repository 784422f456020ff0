use std::mem::ManuallyDrop;

use dispose_core::Close;

#[derive(Close)]
struct Session {
    #[unmanaged(release = |id: i32| println!("{id} {}", self.socket))]
    id: Option<i32>,
    #[unmanaged(release = drop, unsafe(always))]
    socket: ManuallyDrop<Box<i32>>,
}

fn main() {}
