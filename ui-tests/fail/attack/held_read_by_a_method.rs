//! A release calls a method of the whole owner.
use std::mem::ManuallyDrop;

use dispose_core::Close;

struct Socket(Box<i32>);

#[derive(Close)]
struct Session {
    #[unmanaged(release = |socket| self.log(socket), unsafe(always))]
    socket: ManuallyDrop<Socket>,
}

impl Session {
    fn log(&self, socket: Socket) {
        drop(socket);
        println!("{}", self.socket.0);
    }
}

fn main() {
    drop(Session { socket: ManuallyDrop::new(Socket(Box::new(1))) });
}
