use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, each, each)]
    fd: Vec<i32>,
}

fn main() {}
