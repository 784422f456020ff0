use dispose_core::{AsyncDispose, Dispose};

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Dispose, AsyncDispose)]
struct Owner {
    #[dispose(async)]
    part: Part,
}

fn main() {}
