use dispose_core::Dispose;

#[derive(Dispose)]
#[dispose(unsafe(as_fd))]
struct Socket {
    #[unmanaged(release = drop, invalid = -1)]
    fd: i32,
}

fn main() {}
