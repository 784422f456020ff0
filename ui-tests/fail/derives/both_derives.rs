use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Dispose, Close)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
