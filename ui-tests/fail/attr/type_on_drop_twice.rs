use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(on_drop = ignore, on_drop = |_report| ())]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
