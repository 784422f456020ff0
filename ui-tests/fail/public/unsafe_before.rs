use dispose_core::Close;

unsafe fn free(_: *mut u8) {}

#[derive(Close)]
#[dispose(before = |this| unsafe { free(this.memory) })]
pub struct Owner {
    #[dispose(skip)]
    pub memory: *mut u8,
}

fn main() {}
