use dispose_core::Dispose;

unsafe extern "C" fn free(_: *mut u8) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = free as unsafe extern "C" fn(*mut u8)))]
    raw: *mut u8,
}

fn main() {}
