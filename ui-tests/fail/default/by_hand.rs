use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

impl Default for Handle {
    fn default() -> Self {
        Handle { fd: 0 }
    }
}

fn main() {}
