use dispose_core::{Dispose, status};

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, check = status::errno)]
    fd: Option<i32>,
}

fn main() {}
