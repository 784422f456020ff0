use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner<T> {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    others: Vec<*mut T>,
}

fn main() {}
