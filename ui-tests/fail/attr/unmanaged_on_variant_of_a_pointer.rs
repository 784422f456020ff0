use dispose_core::Dispose;

unsafe fn free(_: *mut u8) {}

#[derive(Dispose)]
enum Owner {
    #[unmanaged(unsafe(release = free))]
    Memory(*mut u8),
    Nothing,
}

fn main() {}
