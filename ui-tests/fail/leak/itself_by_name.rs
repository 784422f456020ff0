use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Node<'a, T> {
    #[unmanaged(release = close)]
    id: Option<i32>,
    next: Option<Box<Node<'a, fn() -> T>>>,
    value: &'a T,
}

fn main() {}
