//! The expression of `invalid` would be in the unsafe function `__visit_parts`, and could tell that it is.

#![forbid(unsafe_code)]
#![allow(
    dead_code,
    unsafe_op_in_unsafe_fn,
    clippy::unused_self,
    reason = "what would be called there"
)]

use std::cell::Cell;

use dispose_core::__private::Visit;
use dispose_core::Dispose;
use victim::{Parts, c};

fn free(_: i32) {}

/// What `__visit` is where it is no parameter.
fn __visit() {}

trait OfVisit {
    fn steal(&self);
    fn pick(&self) -> *mut u64;
}

impl OfVisit for Visit {
    fn steal(&self) {
        let mut parts = Parts::new();
        // A live value, which was not asked.
        let _ = self.part::<Parts>(&mut parts);
        STOLEN.set(STOLEN.get() + 1);
        // Here its own `Drop` releases what is left.
    }
    fn pick(&self) -> *mut u64 {
        READ.set(READ.get() + 1);
        std::ptr::without_provenance_mut(0)
    }
}

struct Safe;
impl Safe {
    fn write(self, _: u64) {}
}

trait OfFn {
    fn steal(&self) {}
    fn pick(&self) -> Safe {
        Safe
    }
}

impl<F: Fn()> OfFn for F {}

thread_local! {
    static STOLEN: Cell<u32> = const { Cell::new(0) };
    static READ: Cell<u32> = const { Cell::new(0) };
    static SEGFAULT: Cell<bool> = const { Cell::new(false) };
}

#[derive(Dispose)]
struct Thief {
    #[unmanaged(release = free, invalid = { __visit.steal(); -1 })]
    id: i32,
    #[dispose]
    next: Option<Box<Thief>>,
}

#[derive(Dispose)]
struct Writer {
    #[unmanaged(release = free, invalid = {
        let p = __visit.pick();
        if SEGFAULT.get() {
            // An unsafe method, in an unsafe function.
            p.write(1);
        }
        -1
    })]
    id: i32,
    #[dispose]
    next: Option<Box<Writer>>,
}

#[test]
fn steal_a_visit() {
    drop(
        (0..20).fold(Thief { id: 1, next: None }, |next, _| Thief {
            id: 1,
            next: Some(Box::new(next)),
        }),
    );
    assert_eq!(STOLEN.get(), 0, "it sees no visit");
    assert_eq!(c::live(), 0);
}

#[test]
fn unsafe_without_the_word() {
    SEGFAULT.set(std::env::var_os("SEGFAULT").is_some());
    drop((0..20).fold(Writer { id: 1, next: None }, |next, _| Writer {
        id: 1,
        next: Some(Box::new(next)),
    }));
    assert_eq!(READ.get(), 0, "it is in no unsafe function");
}
