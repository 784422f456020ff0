use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose, Clone)]
struct Owner<T> {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    value: T,
}

fn main() {}
