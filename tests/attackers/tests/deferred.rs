//! What a release puts into a part above it is released, and before any ordinary field is dropped.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};

use dispose_core::{Dispose, Failures};

thread_local! {
    /// The buffers that a library writes to.
    static REGISTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// Those that are to be withdrawn.
    static RETIRED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// How many were dropped before they were withdrawn.
    static DROPPED: Cell<u32> = const { Cell::new(0) };
}

fn retire(id: usize) {
    RETIRED.with_borrow_mut(|retired| retired.push(id));
}

/// Withdraws all buffers that are retired.
struct Withdraw;

impl Dispose for Withdraw {
    fn release_all(&mut self, _: &mut Failures) {
        let retired = RETIRED.take();
        REGISTERED.with_borrow_mut(|all| all.retain(|id| !retired.contains(id)));
    }
    fn is_disposed(&self) -> bool {
        RETIRED.with_borrow(Vec::is_empty)
    }
}

struct Buffer(usize);

impl Drop for Buffer {
    fn drop(&mut self) {
        if REGISTERED.with_borrow(|all| all.contains(&self.0)) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }
}

#[derive(Dispose)]
struct Node {
    #[dispose]
    withdraw: Option<Withdraw>,
    _first: Option<Buffer>,
    #[unmanaged(release = retire)]
    id: Option<usize>,
    #[dispose]
    next: Option<Box<Node>>,
    _last: Option<Buffer>,
}

impl Node {
    /// Each node but the outermost `above` has an id and buffers. The last of those withdraws them.
    fn list(len: usize, above: usize) -> Self {
        REGISTERED.set((above..len).collect());
        let next = (0..len).rev().fold(None, |next, at| {
            let id = (at >= above).then_some(at);
            Some(Box::new(Self {
                withdraw: (at + 1 == above).then_some(Withdraw),
                _first: id.map(Buffer),
                id,
                next,
                _last: id.map(Buffer),
            }))
        });
        *next.unwrap()
    }
}

fn run(end: impl Fn(Node)) {
    for len in [2, 3, 5, 70] {
        for above in [1, len / 2, len - 1] {
            end(Node::list(len, above));
            assert!(Withdraw.is_disposed(), "{len} nodes, {above} of them above");
            assert_eq!(REGISTERED.take(), [], "{len} nodes, {above} of them above");
            assert_eq!(DROPPED.take(), 0, "{len} nodes, {above} of them above");
        }
    }
}

#[test]
fn when_it_is_dropped() {
    run(drop);
}

#[test]
fn when_it_is_disposed_of() {
    run(|mut list| {
        list.dispose().unwrap();
        assert!(list.is_disposed());
    });
}
