use dispose_core::Dispose;

unsafe fn free(_: *mut u8) {}

#[derive(Dispose)]
#[unmanaged(unsafe(release = free))]
struct Owner {
    memory: *mut u8,
}

fn main() {}
