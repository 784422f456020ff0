use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |part| Close::close(part))]
    part: Option<Box<Handle>>,
}

fn main() {}
