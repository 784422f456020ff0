use dispose_core::{AsyncDispose, Dispose};

fn close(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = close)]
    fd: Option<i32>,
}

fn main() {}
