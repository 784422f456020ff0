use std::ptr::NonNull;

use dispose_core::Close;

enum Server {}

unsafe fn stop(_: *mut Server) {}
unsafe fn free(_: *mut Server) {}

#[derive(Close)]
struct Running {
    #[unmanaged(unsafe(release = |()| stop(self.server.as_ptr())))]
    running: Option<()>,
    #[unmanaged(unsafe(release = |server| free(server.as_ptr())), always)]
    server: NonNull<Server>,
}

fn main() {}
