use dispose_core::Dispose;

fn close(_: i32) {}
unsafe fn retain(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, clone = retain)]
    fd: Option<i32>,
}

fn main() {}
