use std::io;

use dispose_core::Dispose;

fn wait(_: i32) -> io::Result<u32> {
    Ok(0)
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = wait)]
    child: Option<i32>,
}

fn main() {}
