use dispose_core::Close;
use std::io;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Close)]
#[dispose(error = io::Error)]
struct Owner {
    #[unmanaged(release = close, drop = close, on_error = keep, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.try_close();
}
