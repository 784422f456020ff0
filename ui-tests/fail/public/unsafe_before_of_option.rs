use std::ptr::NonNull;

use dispose_core::Close;

#[derive(Close)]
#[dispose(unsafe(before = free))]
pub struct Owner {
    #[dispose(skip)]
    pub memory: Option<NonNull<u8>>,
    pub name: String,
}

unsafe fn free(_: &mut Owner) {}

fn main() {}
