use dispose_core::{AsyncDispose, Dispose};

async fn goodbye(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async)]
    fd: Option<i32>,
}

fn main() {}
