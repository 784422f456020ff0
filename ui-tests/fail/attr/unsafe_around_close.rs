use dispose_core::Dispose;

unsafe fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(close = close))]
    fd: Option<i32>,
}

fn main() {}
