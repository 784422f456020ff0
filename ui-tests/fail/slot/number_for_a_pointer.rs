use dispose_core::Dispose;

fn close(_: *mut u8) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, invalid = 0)]
    fd: *mut u8,
}

fn main() {}
