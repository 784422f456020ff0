//! A lookalike of the runtime crate receives the lists of its own derived types, with steps to skip, and
//! hands them to a victim.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Close, Dispose};
use victim::{ByHand, Connection, Layer, Refusing, c};

mod lookalike {
    pub use dispose_core::*;

    pub mod __private {
        pub use dispose_core::__private::*;
        use dispose_core::{Dispose, Failures};

        /// As the real one, but what it does with its owner's list.
        pub trait Part {
            fn nest(&mut self, name: &str, own: &mut Failures);
            fn is_disposed(&self) -> bool;
        }

        impl<V: Dispose> Part for V {
            fn nest(&mut self, _: &str, own: &mut Failures) {
                if crate::LIES.get() {
                    return;
                }
                if crate::STEPS.get() == 0 {
                    self.release_all(own);
                } else {
                    for _ in 0..crate::STEPS.take() {
                        begin_step(own);
                    }
                    panic!("first")
                }
            }
            fn is_disposed(&self) -> bool {
                crate::LIES.get()
            }
        }
    }
}

thread_local!(static STEPS: Cell<usize> = const { Cell::new(0) });
thread_local!(static LIES: Cell<bool> = const { Cell::new(false) });

#[derive(Dispose)]
#[dispose(crate = lookalike)]
struct InPlace<V: Dispose> {
    #[dispose]
    victim: V,
}

#[derive(Close)]
#[dispose(crate = lookalike)]
struct ByValue<V: Dispose> {
    #[dispose]
    victim: V,
}

#[derive(Close)]
#[dispose(crate = lookalike)]
enum Variant<V: Dispose> {
    Only(#[dispose] V, Box<u8>),
}

fn ends<V: Dispose>(make: impl Fn() -> V) {
    fn end<T: Close>(value: T) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value.close())));
    }
    fn let_go<T>(value: T) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    }
    for steps in 1..6 {
        let run = |attack: &dyn Fn(V)| {
            STEPS.set(steps);
            attack(make());
            assert_eq!(c::live(), 0);
        };
        run(&|victim| end(InPlace { victim }));
        run(&|victim| let_go(InPlace { victim }));
        run(&|victim| end(ByValue { victim }));
        run(&|victim| let_go(ByValue { victim }));
        run(&|victim| end(Variant::Only(victim, Box::new(1))));
        run(&|victim| let_go(Variant::Only(victim, Box::new(1))));
    }
}

#[test]
fn the_child_goes_before_its_parent_all_the_same() {
    ends(Connection::new);
    ends(ByHand::new);
    ends(|| Refusing::new(Connection::new(), Connection::new()));
    ends(|| Some(Box::new(Connection::new())));
}

#[derive(Dispose)]
struct Chain<T: Dispose> {
    #[dispose]
    end: Option<T>,
    #[dispose]
    next: Option<Box<Chain<T>>>,
}

/// It releases nothing and says that nothing is left.
#[test]
fn what_it_says_is_released_is_asked_itself() {
    LIES.set(true);
    for len in [1, 2, 9, 70] {
        let lying = || InPlace { victim: vec![Some(Box::new(Layer::of(len)))] };
        let last = Chain { end: Some(lying()), next: None };
        drop((0..20).fold(last, |next, _| Chain { end: None, next: Some(Box::new(next)) }));
        assert_eq!(c::live(), 0);
    }
    LIES.set(false);
}
