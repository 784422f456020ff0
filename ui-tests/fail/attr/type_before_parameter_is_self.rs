use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(before = |self| self.flush())]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

impl Owner {
    fn flush(&mut self) {}
}

fn main() {}
