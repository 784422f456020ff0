use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(before = |_| ())]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    fd: Option<i32>,
}

fn main() {}
