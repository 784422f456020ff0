use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: i32,
}

fn main() {}
