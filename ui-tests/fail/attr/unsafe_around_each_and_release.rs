use dispose_core::Dispose;

unsafe fn free(_: *mut u8) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(each, release = free))]
    memory: Vec<*mut u8>,
}

fn main() {}
