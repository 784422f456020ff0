use dispose_core::Dispose;

unsafe fn free(_: i32) {}

#[derive(Dispose)]
pub struct Owner {
    #[unmanaged(unsafe(release = free))]
    pub fd: Option<i32>,
}

fn main() {}
