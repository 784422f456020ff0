use dispose_core::Close;
use std::ptr::NonNull;

fn close<T>(_: T) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close)]
    fd: NonNull<u8>,
}

fn main() {}
