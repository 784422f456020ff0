use dispose_core::Dispose;
use std::io;

unsafe fn close(_: *mut u8) -> i32 {
    0
}

#[derive(Dispose)]
#[dispose(error = io::Error)]
struct Owner {
    // SAFETY: a test.
    #[unmanaged(unsafe(release = |handle| close(handle)), on_error = keep)]
    handle: *mut u8,
}

fn main() {
    let _ = Owner { handle: std::ptr::null_mut() }.try_close();
}
