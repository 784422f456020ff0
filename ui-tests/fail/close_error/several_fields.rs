use dispose_core::Dispose;
use std::io;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Dispose)]
#[dispose(error = io::Error)]
struct Owner {
    #[unmanaged(release = close)]
    input: Option<i32>,
    #[unmanaged(release = close)]
    output: Option<i32>,
}

fn main() {
    let _ = Owner { input: None, output: None }.try_close();
}
