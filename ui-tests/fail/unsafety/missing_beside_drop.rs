use dispose_core::Dispose;

unsafe fn close(_: i32) {}

unsafe fn abort(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, unsafe(drop = |fd| abort(fd)))]
    fd: Option<i32>,
}

fn main() {}
