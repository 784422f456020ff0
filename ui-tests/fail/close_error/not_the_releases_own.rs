use dispose_core::Close;
use std::{fmt, io};

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Debug)]
struct MyError;

impl fmt::Display for MyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mine")
    }
}

impl std::error::Error for MyError {}

#[derive(Close)]
#[dispose(error = MyError)]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.close();
}
