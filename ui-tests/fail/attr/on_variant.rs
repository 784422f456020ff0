use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
enum Owner {
    #[dispose]
    Open(#[unmanaged(release = close)] Option<i32>),
}

fn main() {}
