use dispose_core::{AsyncDispose, Dispose};


#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(async)]
    fd: Option<i32>,
}

fn main() {}
