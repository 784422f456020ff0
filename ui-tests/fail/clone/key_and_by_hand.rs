use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner<T> {
    #[unmanaged(release = close, clone = close, always)]
    fd: i32,
    value: T,
}

impl<T> Clone for Owner<T> {
    fn clone(&self) -> Self {
        panic!("never called")
    }
}

fn main() {}
