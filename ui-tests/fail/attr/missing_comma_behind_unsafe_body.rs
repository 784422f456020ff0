use dispose_core::Close;

#[derive(Close)]
struct Owner {
    #[unmanaged(release = |fd| unsafe { close(fd) } check = dispose_core::status::zero, always)]
    fd: i32,
}

unsafe fn close(_: i32) -> i32 {
    0
}

fn main() {}
