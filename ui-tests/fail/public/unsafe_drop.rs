use dispose_core::Dispose;

fn close(_: i32) {}
unsafe fn abort(_: i32) {}

#[derive(Dispose)]
pub struct Owner {
    #[unmanaged(release = close, unsafe(drop = abort))]
    pub fd: Option<i32>,
}

fn main() {}
