use dispose_core::{Dispose, status};

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, check = status::ignore, on_error = keep)]
    fd: Option<i32>,
}

fn main() {}
