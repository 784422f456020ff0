use dispose_core::Dispose;
use std::io;

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

#[derive(Dispose)]
#[dispose(error = io::Error)]
struct Owner {
    #[unmanaged(release = close, chek = close)]
    fd: Option<i32>,
}

fn main() {
    let _ = Owner { fd: None }.close();
    let _ = Owner { fd: None }.try_close();
}
