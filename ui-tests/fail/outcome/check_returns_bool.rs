use dispose_core::Dispose;

fn close(_: i32) -> i32 {
    0
}

fn ok(status: i32) -> bool {
    status == 0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, check = ok)]
    fd: Option<i32>,
}

fn main() {}
