use dispose_core::{AsyncDispose, Dispose};

async unsafe fn goodbye(_: i32) {}

#[derive(Dispose, AsyncDispose)]
pub struct Client {
    #[unmanaged(unsafe(release_async = goodbye), release = drop)]
    pub fd: Option<i32>,
}

fn main() {}
