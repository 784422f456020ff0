use dispose_core::{AsyncDispose, Dispose};

async fn goodbye(_: i32) -> i32 {
    0
}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

fn main() {}
