use dispose_core::{AsyncDispose, Dispose};

fn close(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = |fd| close(fd))]
    fd: Option<i32>,
}

fn main() {}
