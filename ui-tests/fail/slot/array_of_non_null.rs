use std::ptr::NonNull;

use dispose_core::Dispose;

fn free(_: NonNull<u8>) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(each, release = free)]
    buffers: [NonNull<u8>; 2],
}

fn main() {}
