use dispose_core::Dispose;

enum Server {}

unsafe fn stop(_: *mut u8) {}
unsafe fn free(_: *mut Server) {}

#[derive(Dispose)]
enum State {
    Running {
        #[unmanaged(unsafe(release = |()| stop(*server as *mut u8)))]
        running: Option<()>,
        #[unmanaged(unsafe(release = free))]
        server: *mut Server,
    },
}

fn main() {}
