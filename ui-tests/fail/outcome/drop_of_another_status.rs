use dispose_core::{Dispose, status};

fn close(_: i32) -> i32 {
    0
}

fn abort(_: i32) -> u8 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, drop = abort, check = status::zero)]
    fd: Option<i32>,
}

fn main() {}
