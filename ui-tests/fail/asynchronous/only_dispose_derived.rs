use dispose_core::Dispose;

async fn goodbye(_: i32) {}

#[derive(Dispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

fn main() {}
