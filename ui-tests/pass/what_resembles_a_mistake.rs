//! What is not an error: a parameter with a field or a method of the field's name, and an enum with such a method.

use dispose_core::{Dispose, status};

fn free(_: *mut u8) {}

fn unmap(_: *mut u8, _: usize) -> i32 {
    0
}

struct Block {
    raw: *mut u8,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |block| free(block.raw))]
    raw: Option<Block>,
}

#[derive(Dispose)]
struct Cast {
    #[unmanaged(release = |raw| free(raw.cast()))]
    cast: *mut u32,
}

#[derive(Dispose)]
enum Memory {
    Mapped {
        #[unmanaged(release = |raw| unmap(raw, self.len()), check = status::zero)]
        raw: *mut u8,
        #[unmanaged(release = drop)]
        len: Option<usize>,
    },
}

impl Memory {
    fn len(&self) -> usize {
        match self {
            Self::Mapped { len, .. } => len.unwrap_or_default(),
        }
    }
}

fn main() {
    let raw = core::ptr::dangling_mut();
    Owner { raw: Some(Block { raw }) }.dispose().unwrap();
    Cast { cast: core::ptr::dangling_mut() }.dispose().unwrap();
    Memory::Mapped { raw, len: Some(8) }.dispose().unwrap();
}
