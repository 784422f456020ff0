use dispose_core::{Close, TryClose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let _ = Handle { fd: 3 }.try_close();
}
