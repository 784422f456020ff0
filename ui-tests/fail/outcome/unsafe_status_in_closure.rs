use dispose_core::Dispose;

unsafe fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = |fd| close(fd)))]
    fd: Option<i32>,
}

fn main() {}
