use std::error::Error;

use dispose_core::Dispose;

fn close(_: i32) -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
