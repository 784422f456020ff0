use dispose_core::Close;

async fn goodbye(_: i32) {}

#[derive(Close)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

fn main() {}
