use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Default, Dispose)]
struct Owner {
    #[unmanaged(release = close, invalid = -1)]
    fd: i32,
}

fn main() {}
