use dispose_core::Dispose;

unsafe fn close(_: i32) {}

unsafe fn abort(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = close), drop = abort)]
    fd: Option<i32>,
}

fn main() {}
