use dispose_core::Close;

unsafe fn free(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = free, always)]
    fd: i32,
}

fn main() {}
