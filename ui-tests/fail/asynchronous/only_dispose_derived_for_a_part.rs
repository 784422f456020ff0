use dispose_core::{AsyncDispose, Dispose};

async fn goodbye(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

#[derive(Dispose)]
struct Owner {
    #[dispose(async)]
    client: Client,
}

fn main() {}
