use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Close)]
struct Owner {
    #[dispose(async)]
    part: Part,
}

fn main() {}
