use dispose_core::Close;
use std::io;

fn close(_: i32) -> i32 {
    0
}

#[derive(Close)]
#[dispose(error = io::Error)]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.close();
}
