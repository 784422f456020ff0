//! A disposal allocates nothing as long as nothing fails, however long a list of parts is.

// There a thread's counter is allocated itself.
#![cfg(not(windows))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dispose_core::{Close, Dispose};

struct Counting;

thread_local! {
    static ALLOCATED: Cell<u32> = const { Cell::new(0) };
}

// SAFETY: all is left to `System`; the counter has no drop, so it is there as long as the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn free(_: u32) {}

#[derive(Dispose)]
struct Node {
    _name: String,
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    next: Option<Box<Node>>,
}

impl Node {
    fn list(len: u32) -> Self {
        let last = Self { _name: "a".into(), id: Some(0), next: None };
        (1..len).fold(last, |next, id| Self {
            _name: "a".into(),
            id: Some(id),
            next: Some(Box::new(next)),
        })
    }
}

#[test]
fn a_list_of_any_length_is_released_and_dropped_without_an_allocation() {
    for len in [1, 2, 10, 100, 10_000] {
        for dispose in [false, true] {
            let (mut dropped, closed) = (Node::list(len), Node::list(len));
            ALLOCATED.set(0);
            if dispose {
                dropped.dispose().unwrap();
            }
            drop(dropped);
            closed.close().unwrap();
            assert_eq!(ALLOCATED.get(), 0);
        }
    }
    drop(Node::list(2));
    assert_ne!(ALLOCATED.get(), 0, "they are counted");
}
