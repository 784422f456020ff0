use dispose_core::Close;
use std::io;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Close)]
#[dispose(error = io::Error, before = |_| close(0))]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.close();
}
