use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = close, drop = close))]
    fd: Option<i32>,
}

fn main() {}
