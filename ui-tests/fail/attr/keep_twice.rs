use std::io;

use dispose_core::Dispose;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, on_error = keep, on_error = keep_if(|_error| true))]
    fd: Option<i32>,
}

fn main() {}
