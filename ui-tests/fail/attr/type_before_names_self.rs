use dispose_core::Dispose;

fn close(_: i32) {}

fn log(_: usize) {}

#[derive(Dispose)]
#[dispose(before = |_| log(self.count))]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    count: usize,
}

fn main() {}
