use dispose_core::Dispose;

enum Server {}

unsafe fn free(_: *mut Server) {}

#[derive(Dispose)]
struct Running {
    #[unmanaged(unsafe(release = |_| free(self.server)))]
    server: *mut Server,
}

fn main() {}
