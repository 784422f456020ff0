use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(crate = 5)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
