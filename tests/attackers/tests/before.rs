//! A part says that it is released, and then that it is not, when its owner's parts are gone.

#![forbid(unsafe_code)]

use std::cell::Cell;

use dispose_core::{Dispose, Failures};
use victim::{Before, c};

thread_local!(static ASKED: Cell<u32> = const { Cell::new(0) });
thread_local!(static AT: Cell<u32> = const { Cell::new(0) });

struct Liar;

impl Dispose for Liar {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        ASKED.set(ASKED.get() + 1);
        ASKED.get() < AT.get()
    }
}

#[derive(Dispose)]
struct Chain {
    #[dispose]
    end: Option<Before<Liar>>,
    #[dispose]
    next: Option<Box<Chain>>,
}

#[test]
fn what_runs_before() {
    for at in 0..20 {
        AT.set(at);
        ASKED.set(0);
        let last = Chain { end: Some(Before::new(Liar)), next: None };
        drop((0..20).fold(last, |next, _| Chain { end: None, next: Some(Box::new(next)) }));
        assert_eq!(c::live(), 0);
    }
}
