//! A list of the attacker's own says that Rust drops its next node soon, and has a victim at the same address.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::ptr;

use dispose_core::__private::{Access, List, Unlinking, drop_node};
use dispose_core::{Dispose, Failures};

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

fn log(entry: &'static str) {
    LOG.with_borrow_mut(|log| log.push(entry));
}

/// Goes after all that is below the node.
struct Buffer;

impl Drop for Buffer {
    fn drop(&mut self) {
        log("buffer");
    }
}

#[derive(Dispose)]
struct Victim {
    _buffer: Option<Buffer>,
    #[unmanaged(release = log)]
    writer: Option<&'static str>,
    #[dispose]
    next: Option<Box<Victim>>,
}

/// At the address of the node itself.
#[repr(C)]
struct Node {
    victim: Option<Victim>,
    next: Option<Box<Node>>,
}

impl Dispose for Node {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

impl Drop for Node {
    fn drop(&mut self) {}
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
        true
    }
    fn is_exclusive() -> bool {
        true
    }
    fn unlinking() -> Unlinking {
        Unlinking::Unseen
    }
}

#[test]
fn by_another_type_at_the_same_address() {
    let last = Victim { _buffer: None, writer: Some("written"), next: None };
    let victim = Victim { _buffer: Some(Buffer), writer: None, next: Some(Box::new(last)) };
    let next = Some(Box::new(Node { victim: Some(victim), next: None }));
    let mut node = Node { victim: None, next };
    drop_node(&mut node, Vec::new(), false, |_| ());

    let place = node.next.as_mut().unwrap();
    let address = ptr::from_ref(&**place).addr();
    assert_eq!(ptr::from_ref(place.victim.as_ref().unwrap()).addr(), address, "it has a niche");
    place.victim = None;
    assert_eq!(LOG.take(), ["written", "buffer"]);
}
