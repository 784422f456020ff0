//! A disposal allocates nothing as long as nothing fails, however long a list of parts is, or once where the next node
//! may be seen; and then no more for each part than it needs.

// There a thread's counter is allocated itself.
#![cfg(not(windows))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dispose_core::{Close, Dispose};

struct Counting;

thread_local! {
    static ALLOCATED: Cell<u32> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is left to `System`; the counters have no drop, so they are there as long as the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        BYTES.set(BYTES.get() + layout.size());
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

macro_rules! seen {
    ($name:ident, $id:ty, $value:expr, $($key:tt)*) => {
        #[derive(Dispose)]
        struct $name {
            #[unmanaged($($key)*)]
            id: $id,
            #[dispose]
            next: Option<Box<Self>>,
        }

        impl $name {
            fn list(len: u32) -> Self {
                let last = Self { id: $value, next: None };
                (1..len).fold(last, |next, _| Self { id: $value, next: Some(Box::new(next)) })
            }
        }
    };
}

const NONE: u32 = 0;

seen!(ByClosure, Option<u32>, Some(1), release = |_| free(u32::from(self.next.is_some())));
seen!(ByMacro, Option<u32>, Some(1), release = |_| assert!(self.id.is_none()));
seen!(ByConstant, u32, 1, release = free, invalid = NONE);

#[test]
fn a_long_list_whose_next_node_may_be_seen_is_released_with_one() {
    fn allocated(mut list: impl Dispose) -> u32 {
        ALLOCATED.set(0);
        list.dispose().unwrap();
        ALLOCATED.get()
    }
    for (len, expected) in [(1, 0), (60, 0), (70, 1), (1_000, 1)] {
        assert_eq!(allocated(ByClosure::list(len)), expected, "{len}");
        assert_eq!(allocated(ByMacro::list(len)), expected, "{len}");
        assert_eq!(allocated(ByConstant::list(len)), expected, "{len}");
    }
}

fn fail_last(id: u32) -> std::io::Result<()> {
    if id == 0 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

fn fail(_: u32) -> std::io::Result<()> {
    fail_last(0)
}

macro_rules! failing {
    ($name:ident, $release:path) => {
        #[derive(Dispose)]
        struct $name {
            #[unmanaged(release = $release)]
            id: Option<u32>,
            #[dispose]
            next: Option<Box<Self>>,
        }

        impl $name {
            fn list(len: u32) -> Self {
                let last = Self { id: Some(0), next: None };
                (1..len).fold(last, |next, id| Self { id: Some(id), next: Some(Box::new(next)) })
            }
        }
    };
}

failing!(FailsLast, fail_last);
failing!(Fails, fail);

fn bytes_of_error(mut list: impl Dispose) -> (usize, usize) {
    BYTES.set(0);
    let error = list.dispose().unwrap_err();
    (BYTES.get(), error.failures().map(|failure| failure.path().len()).sum())
}

#[test]
fn the_path_of_a_failure_far_down_is_not_made_again_at_each_level() {
    let len = 2000;
    let (allocated, path) = bytes_of_error(FailsLast::list(len));
    assert_eq!(path, "next.".len() * 1999 + "id".len());
    assert!(allocated < 1000 * 2000, "{allocated} bytes");

    // They are as long as all the paths together, in the end.
    let (allocated, paths) = bytes_of_error(Fails::list(len));
    assert!(allocated < 6 * paths, "{allocated} bytes, {paths} of paths");
}
