use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, invalid = -1 | -2)]
    fd: i32,
}

fn main() {}
