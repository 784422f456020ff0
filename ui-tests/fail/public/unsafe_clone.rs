use dispose_core::Dispose;

fn close(_: i32) {}
unsafe fn retain(_: i32) {}

#[derive(Dispose)]
pub struct Owner {
    #[unmanaged(release = close, unsafe(clone = retain))]
    pub fd: Option<i32>,
}

fn main() {}
