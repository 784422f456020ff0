use dispose_core::Close;

type Memory = *mut u8;

unsafe fn free(_: Memory) {}

#[derive(Close)]
#[dispose(before = |this| unsafe { free(this.memory) })]
pub struct Owner {
    #[dispose(skip)]
    pub memory: Memory,
}

fn main() {}
