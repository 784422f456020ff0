use std::ptr::NonNull;

use dispose_core::Close;

unsafe fn free(_: *mut u8) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(unsafe(release = free), always)]
    memory: NonNull<u8>,
}

fn main() {}
