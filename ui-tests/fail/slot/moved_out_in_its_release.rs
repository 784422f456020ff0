use std::mem::ManuallyDrop;

use dispose_core::Close;

#[derive(Close)]
struct Session {
    #[unmanaged(release = |socket: Box<i32>| println!("{socket} {}", self.socket), unsafe(always))]
    socket: ManuallyDrop<Box<i32>>,
}

fn main() {}
