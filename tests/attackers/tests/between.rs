//! The expression of `invalid` runs between the question and the drop, and changes what was asked.

#![forbid(unsafe_code)]

use std::cell::{Cell, OnceCell};

use dispose_core::Dispose;
use victim::{Parts, c};

fn free(_: i32) {}

thread_local!(static ASKED: Cell<u32> = const { Cell::new(0) });

thread_local!(static AT: Cell<u32> = const { Cell::new(0) });

#[derive(Dispose)]
struct Sets {
    #[unmanaged(release = free, invalid = {
        ASKED.set(ASKED.get() + 1);
        if ASKED.get() == AT.get() {
            let _ = self.part.set(Parts::new());
        }
        -1
    })]
    id: i32,
    #[dispose]
    part: OnceCell<Parts>,
    #[dispose]
    deep: Option<Box<Sets>>,
}

#[test]
fn a_cell_that_is_set() {
    for at in 0..400 {
        ASKED.set(0);
        AT.set(at);
        let node = |deep| Sets { id: 1, part: OnceCell::new(), deep };
        drop((0..20).fold(node(None), |next, _| node(Some(Box::new(next)))));
        assert_eq!(c::live(), 0);
    }
}
