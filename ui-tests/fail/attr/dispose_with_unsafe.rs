use dispose_core::Dispose;

unsafe fn free(_: *mut u8) {}

#[derive(Dispose)]
struct Owner {
    #[dispose(unsafe(release = free))]
    memory: *mut u8,
}

fn main() {}
