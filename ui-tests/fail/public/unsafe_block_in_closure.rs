use dispose_core::Dispose;

unsafe fn free(_: i32) {}

#[derive(Dispose)]
pub struct Owner {
    #[unmanaged(release = |fd| unsafe { free(fd) })]
    pub fd: Option<i32>,
}

fn main() {}
