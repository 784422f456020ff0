//! A closure in a variant names the owner.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
enum Session {
    Later {
        #[unmanaged(release = |id: i32| println!("{id} {}", self.read()))]
        id: Option<i32>,
        #[unmanaged(release = drop, unsafe(always))]
        socket: ManuallyDrop<Socket>,
    },
    Owner {
        #[unmanaged(release = |socket: Socket| drop((socket, self.read())), unsafe(always))]
        socket: ManuallyDrop<Socket>,
    },
}

impl Session {
    fn read(&self) -> i32 {
        match self {
            Self::Later { socket, .. } | Self::Owner { socket } => *socket.0,
        }
    }
}

fn main() {
    drop(Session::Owner { socket: ManuallyDrop::new(Socket(Box::new(1))) });
    drop(Session::Later { id: Some(1), socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
