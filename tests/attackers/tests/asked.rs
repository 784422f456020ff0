//! A part is asked whether it is disposed of only as long as what it uses is there, as any part is.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::rc::{Rc, Weak};

use dispose_core::{Dispose, Failures};

/// Uses an ordinary field of the node above.
struct Session {
    over: Weak<Cell<u32>>,
    is_open: bool,
}

impl Session {
    fn over(&self) -> Rc<Cell<u32>> {
        self.over.upgrade().expect("it is dropped after all that is released")
    }
}

impl Dispose for Session {
    fn release_all(&mut self, _: &mut Failures) {
        if std::mem::take(&mut self.is_open) {
            let over = self.over();
            over.set(over.get() + 1);
        }
    }
    fn is_disposed(&self) -> bool {
        self.over().get() > 0 && !self.is_open
    }
}

#[derive(Dispose)]
struct Node {
    #[expect(dead_code, reason = "the next one uses it")]
    link: Rc<Cell<u32>>,
    #[dispose]
    session: Option<Session>,
    #[dispose]
    next: Option<Box<Node>>,
}

#[test]
fn in_the_drop_of_a_list() {
    for len in 1..9 {
        let mut node = Node { link: Rc::default(), session: None, next: None };
        for _ in 0..len {
            let link = Rc::default();
            node.session = Some(Session { over: Rc::downgrade(&link), is_open: true });
            node = Node { link, session: None, next: Some(Box::new(node)) };
        }
        drop(node);
    }
}
