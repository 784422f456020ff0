use dispose_core::Dispose;

#[derive(Dispose)]
struct Socket {
    #[unmanaged(release = close::<(i32 i64)>)]
    fd: Option<i32>,
}

fn close<T>(_: i32) {}

fn main() {}
