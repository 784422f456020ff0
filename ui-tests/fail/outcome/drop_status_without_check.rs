use dispose_core::Dispose;

fn close(_: i32) {}

fn abort(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, drop = abort)]
    fd: Option<i32>,
}

fn main() {}
