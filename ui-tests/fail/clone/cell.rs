use dispose_core::Dispose;
use std::cell::Cell;

fn close<T>(_: T) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    handle: Cell<*mut u8>,
}

fn main() {}
