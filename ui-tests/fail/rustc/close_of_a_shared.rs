use dispose_core::{Close, Shared};

fn close(_: i32) {}

#[derive(Close)]
struct Socket {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn leave(socket: Shared<Socket>) {
    let _ = socket.close();
}

fn main() {}
