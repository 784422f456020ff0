use dispose_core::Close;

fn free(_: *mut u8) {}

fn handle_ref(_: *mut u8) {}

#[derive(Close)]
#[dispose(unsafe(clone = handle_ref))]
struct Owner {
    #[unmanaged(release = free)]
    handle: *mut u8,
}

fn main() {}
