use std::fmt;

use dispose_core::Dispose;

#[derive(Debug)]
struct DbError(*const u8);

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for DbError {}

fn close(_: i32) -> Result<(), DbError> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
