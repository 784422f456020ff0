use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(error)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
