use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Node<T> {
    #[unmanaged(release = close)]
    id: Option<i32>,
    children: Vec<self::Node<T>>,
    value: T,
}

fn main() {}
