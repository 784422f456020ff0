use dispose_core::Dispose;

fn flush(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |fd| flush(fd), drop = close)]
    fd: Option<i32>,
}

fn main() {}
