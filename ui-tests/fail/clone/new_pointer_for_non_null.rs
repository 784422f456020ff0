use std::ptr::NonNull;

use dispose_core::Close;

fn free(_: NonNull<u8>) {}

fn dup(p: NonNull<u8>) -> *mut u8 {
    p.as_ptr()
}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = free, clone = dup, always)]
    handle: NonNull<u8>,
}

fn main() {}
