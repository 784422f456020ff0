use std::io;

use dispose_core::Dispose;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |_fd| close(1), on_error = keep_if(|_error| true))]
    fd: Option<String>,
}

fn main() {}
