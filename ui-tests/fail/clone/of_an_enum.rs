use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
enum Owner {
    A(#[unmanaged(release = close, clone = close)] Option<i32>),
    B,
}

fn main() {}
