use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    #[dispose(before = |this| this.flush())]
    fd: Option<i32>,
}

impl Owner {
    fn flush(&mut self) {}
}

fn main() {}
