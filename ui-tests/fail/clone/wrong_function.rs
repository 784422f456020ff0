use dispose_core::Close;

fn free(_: *mut u8) {}

fn retain(_: *const u16) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = free, clone = retain)]
    handle: *mut u8,
}

fn main() {}
