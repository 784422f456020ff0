use dispose_core::Dispose;

fn close(_: i32) -> std::io::Result<()> {
    Ok(())
}

mod my {
    pub struct Error;
}

#[derive(Dispose)]
#[dispose(error = my::Error)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {
    let _ = Owner { fd: None }.try_close();
}
