//! The next node is lent, so it is not dropped with its owner.

use dispose_core::Dispose;

fn close(_: i32) {}

type Option<T> = std::cell::RefMut<'static, std::option::Option<T>>;

#[derive(Dispose)]
struct Node {
    #[unmanaged(release = close)]
    fd: std::option::Option<i32>,
    #[dispose]
    next: Option<Box<Node>>,
}

fn main() {}
