use dispose_core::{AsyncDispose, Dispose};

async fn goodbye(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: i32,
}

fn main() {}
