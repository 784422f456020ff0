//! Chains and trees of parts: a `Drop` is linear in what it owns.

use std::cell::Cell;
use std::time::Instant;

use dispose_core::{Close, Dispose};
use dispose_tests::{Handle, hear_reports, logged, release, reported};

thread_local! {
    static RELEASED: Cell<u32> = const { Cell::new(0) };
    /// How often a node's slot was looked into.
    static LOOKS: Cell<u32> = const { Cell::new(0) };
}

fn free(_: u32) {
    RELEASED.set(RELEASED.get() + 1);
}

fn none() -> u32 {
    LOOKS.set(LOOKS.get() + 1);
    0
}

#[derive(Dispose)]
struct Node {
    #[unmanaged(release = free, invalid = none())]
    id: u32,
    #[dispose]
    next: Option<Box<Node>>,
    #[dispose]
    others: Vec<Node>,
}

fn node(next: Option<Box<Node>>, others: Vec<Node>) -> Node {
    Node { id: 1, next, others }
}

fn chain(len: u32) -> Node {
    (1..len).fold(node(None, vec![]), |next, _| node(Some(Box::new(next)), vec![]))
}

fn nested_vectors(len: u32) -> Node {
    (1..len).fold(node(None, vec![]), |next, _| node(None, vec![next, node(None, vec![])]))
}

fn in_stack(body: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(256 << 20);
        builder.spawn_scoped(scope, body).unwrap().join().unwrap();
    });
}

/// What is looked at for one node: as it is released, in the pass that drops the nodes in it, and in its
/// own `Drop`.
fn looks_of_a_node(make: fn(u32) -> Node, len: u32, end: fn(Node)) -> f64 {
    RELEASED.set(0);
    LOOKS.set(0);
    let start = Instant::now();
    end(make(len));
    println!("{len}: {:?}, {} looks", start.elapsed(), LOOKS.get());
    assert!(RELEASED.get() >= len);
    f64::from(LOOKS.get()) / f64::from(RELEASED.get())
}

#[test]
fn the_work_for_a_node_does_not_depend_on_the_others() {
    in_stack(|| {
        for make in [chain, nested_vectors] {
            let ends: [fn(Node); 3] = [
                drop,
                |node| Close::close(node).unwrap(),
                |mut node| {
                    node.dispose().unwrap();
                    drop(node);
                },
            ];
            for end in ends {
                for len in [1000, 10_000, 50_000] {
                    let looks = looks_of_a_node(make, len, end);
                    assert!(looks < 10.0, "{looks} for each of {len}");
                }
            }
        }
    });
}

#[test]
fn a_deep_chain_is_released_in_order_with_all_failures() {
    #[derive(Dispose)]
    struct Link {
        #[unmanaged(release = release)]
        handle: Option<Handle>,
        #[dispose]
        next: Option<Box<Link>>,
    }
    hear_reports();
    let names = ["l", "k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a"];
    let chain = names.into_iter().fold(None, |next, name| {
        let handle = if name == "c" { Handle::failing(name) } else { Handle::new(name) };
        Some(Box::new(Link { handle: Some(handle), next }))
    });
    drop(chain);
    assert_eq!(logged(), "l k j i h g f e d c b a");
    assert_eq!(reported(), ["Link [failed to dispose `Link`: next.next.handle: c refused]"]);
}
