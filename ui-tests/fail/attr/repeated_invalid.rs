use dispose_core::Dispose;

#[derive(Dispose)]
struct Socket {
    #[unmanaged(release = close, invalid = [0; 0])]
    fd: i32,
}

fn close(_: i32) {}

fn main() {}
