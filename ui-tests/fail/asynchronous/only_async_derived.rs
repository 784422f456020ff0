use dispose_core::AsyncDispose;

async fn goodbye(_: i32) {}

#[derive(AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

fn main() {}
