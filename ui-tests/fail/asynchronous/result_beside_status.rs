use dispose_core::{AsyncDispose, Dispose, status};

async fn goodbye(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye, release = close, check = status::errno)]
    fd: Option<i32>,
}

fn main() {}
