use dispose_core::{AsyncDispose, Dispose};

async unsafe fn goodbye(_: i32) {}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = goodbye)]
    fd: Option<i32>,
}

fn main() {}
