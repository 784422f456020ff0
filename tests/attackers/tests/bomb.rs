//! A release puts something into its node's place of the next one, and that panics when it is dropped. Every node is
//! released all the same, each before its owner. The list is made by hand: a derived one would have its nodes in place.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

use dispose_core::__private::{Access, List, Unlinking, nest_next};
use dispose_core::{Dispose, Failures};

thread_local!(static LOG: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });

struct Node {
    id: u32,
    is_held: bool,
    /// A release of this node puts a bomb below it.
    is_armed: bool,
    is_bomb: bool,
    next: Option<Box<Node>>,
}

impl Dispose for Node {
    fn release_all(&mut self, failures: &mut Failures) {
        nest_next(&mut self.next, "next", failures);
        if std::mem::take(&mut self.is_held) {
            LOG.with_borrow_mut(|log| log.push(self.id));
            if self.is_armed {
                let bomb =
                    Node { id: 99, is_held: false, is_armed: false, is_bomb: true, next: None };
                self.next = Some(Box::new(bomb));
            }
        }
    }
    fn is_disposed(&self) -> bool {
        !self.is_held && self.next.is_disposed()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        assert!(!self.is_bomb || thread::panicking(), "the bomb");
        let _ = self.dispose();
    }
}

impl List for Node {
    type Key = Vec<()>;
    type Next = Option<Box<Self>>;
    fn next(&self, _: Access<Self>) -> &Option<Box<Self>> {
        &self.next
    }
    fn next_mut(&mut self, _: Access<Self>) -> &mut Option<Box<Self>> {
        &mut self.next
    }
    fn is_empty(&self, _: Access<Self>) -> bool {
        !self.is_held
    }
    fn is_exclusive() -> bool {
        false
    }
    fn unlinking() -> Unlinking {
        Unlinking::Unseen
    }
}

#[test]
fn every_node_is_released_and_back_in_its_place() {
    for armed in 1..5 {
        let node =
            |id, next| Node { id, is_held: true, is_armed: id == armed, is_bomb: false, next };
        let mut list = (0..6).rev().fold(None, |next, id| Some(Box::new(node(id, next)))).unwrap();
        let panic = panic::catch_unwind(AssertUnwindSafe(|| list.dispose().is_ok())).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"the bomb"));
        assert_eq!(LOG.take(), [5, 4, 3, 2, 1, 0], "{armed}");
        let mut ids = Vec::new();
        let mut node = Some(&list);
        while let Some(of) = node {
            ids.push(of.id);
            node = of.next.as_ref();
        }
        assert_eq!(ids, [0, 1, 2, 3, 4, 5], "{armed}");
        drop(list);
        assert_eq!(LOG.take(), []);
    }
}
