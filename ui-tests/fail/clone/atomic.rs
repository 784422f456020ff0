use dispose_core::Dispose;
use std::sync::atomic::AtomicPtr;

fn close<T>(_: T) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    handle: AtomicPtr<u8>,
}

fn main() {}
