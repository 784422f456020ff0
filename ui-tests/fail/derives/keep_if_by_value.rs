use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, on_error = keep_if(|_error| true), always)]
    fd: i32,
    #[dispose]
    part: Part,
}

fn main() {}
