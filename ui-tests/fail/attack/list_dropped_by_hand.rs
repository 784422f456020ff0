use dispose_core::__private::{drop_node, report};
use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Node {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    #[dispose]
    next: Option<Box<Node>>,
}

// Would say that the next node is dropped soon.
fn pretend(node: &mut Node) {
    drop_node(node, (), false, report);
}

fn main() {}
