use dispose_core::Dispose;

unsafe fn free(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = unsafe { free })]
    fd: Option<i32>,
}

fn main() {}
