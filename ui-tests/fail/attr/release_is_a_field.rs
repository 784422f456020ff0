use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = self.free))]
    raw: *mut u8,
    free: unsafe extern "C" fn(*mut u8),
}

fn main() {}
