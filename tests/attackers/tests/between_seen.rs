//! A lookalike is asked whether the drop of a part is seen, and changes the part, which was asked before.

#![forbid(unsafe_code)]

use std::cell::OnceCell;

use dispose_core::__private::Part as _;
use dispose_core::Dispose;
use victim::{Parts, c};

mod lookalike {
    pub use dispose_core::*;

    pub mod __private {
        use std::cell::OnceCell;

        pub use dispose_core::__private::*;
        use dispose_core::{Dispose, Failures};
        use victim::Parts;

        pub trait Part {
            type Itself;
            fn nest(&mut self, name: &str, own: &mut Failures);
            fn is_disposed(&self) -> bool;
            fn detach(&mut self);
            fn is_drop_seen(&self) -> bool {
                false
            }
        }

        impl Part for OnceCell<Parts> {
            type Itself = Self;
            fn nest(&mut self, _: &str, own: &mut Failures) {
                self.release_all(own);
            }
            fn is_disposed(&self) -> bool {
                Dispose::is_disposed(self)
            }
            fn detach(&mut self) {}
            fn is_drop_seen(&self) -> bool {
                // It was found empty.
                let _ = self.set(Parts::new());
                false
            }
        }

        impl Part for Option<Parts> {
            type Itself = Self;
            fn nest(&mut self, _: &str, own: &mut Failures) {
                self.release_all(own);
            }
            fn is_disposed(&self) -> bool {
                true
            }
            fn detach(&mut self) {}
        }
    }
}

#[derive(Dispose)]
#[dispose(crate = lookalike)]
struct Sets {
    #[dispose]
    cell: OnceCell<Parts>,
    #[dispose]
    other: Option<Parts>,
}

/// Without a lookalike's own call of `detach`.
#[derive(Dispose)]
struct Chain {
    #[dispose]
    end: Option<Sets>,
    #[dispose]
    next: Option<Box<Chain>>,
}

#[test]
fn by_hand() {
    Some(Sets { cell: OnceCell::new(), other: None }).detach();
    assert_eq!(c::live(), 0);
}

#[test]
fn in_a_drop() {
    let last = Chain { end: Some(Sets { cell: OnceCell::new(), other: None }), next: None };
    drop((0..20).fold(last, |next, _| Chain { end: None, next: Some(Box::new(next)) }));
    assert_eq!(c::live(), 0);
}
