use dispose_core::Dispose;
use std::ptr::NonNull;

fn close<T>(_: T) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: NonNull<Vec<u8>>,
}

fn main() {}
