use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(each, release = close, invalid = "none")]
    fds: Vec<i32>,
}

fn main() {}
