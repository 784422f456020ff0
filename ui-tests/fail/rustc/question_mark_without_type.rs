use std::io;

use dispose_core::Close;

fn sync(_: i32) -> io::Result<()> {
    Ok(())
}

fn close(_: i32) {}

#[derive(Close)]
struct File {
    #[unmanaged(release = |fd| { sync(fd)?; close(fd); Ok(()) }, always)]
    fd: i32,
}

fn main() {}
