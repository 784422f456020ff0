use dispose_core::Dispose;

fn close(_: i32) {}

fn log(_: &str) {}

#[derive(Dispose)]
#[dispose(on_drop = log)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
