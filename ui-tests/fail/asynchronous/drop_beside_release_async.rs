use dispose_core::{AsyncDispose, Dispose};

async fn leave(_: i32) {}

fn close(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = leave, drop = close)]
    fd: Option<i32>,
}

fn main() {}
