use dispose_core::Close;
use std::io;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Close)]
#[dispose(error = io::Error)]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

impl Owner {
    fn close(self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {}
