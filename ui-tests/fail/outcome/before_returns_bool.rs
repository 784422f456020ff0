use dispose_core::Dispose;

fn flush(_: &mut Owner) -> bool {
    true
}

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(before = flush)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
