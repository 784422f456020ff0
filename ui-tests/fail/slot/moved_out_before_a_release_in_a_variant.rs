use std::mem::ManuallyDrop;

use dispose_core::Close;

#[derive(Close)]
enum Session {
    Open {
        #[unmanaged(release = |id: i32| println!("{id} {}", socket))]
        id: Option<i32>,
        #[unmanaged(release = drop, unsafe(always))]
        socket: ManuallyDrop<Box<i32>>,
    },
}

fn main() {}
