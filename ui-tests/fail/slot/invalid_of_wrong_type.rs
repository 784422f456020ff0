use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, invalid = "none")]
    fd: i32,
}

fn main() {}
