use dispose_core::{AsyncDispose, Dispose};


#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = async || ())]
    fd: Option<i32>,
}

fn main() {}
