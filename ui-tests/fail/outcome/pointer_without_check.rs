use dispose_core::Dispose;

unsafe fn unref(event: *mut u8) -> *mut u8 {
    event
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = unref))]
    event: *mut u8,
}

fn main() {}
