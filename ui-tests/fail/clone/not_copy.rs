use dispose_core::Dispose;

fn close<T>(_: T) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    handle: Option<Box<i32>>,
}

fn main() {}
