//! A part panics when it is dropped in a long list: the nodes behind it go before those in front.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Dispose, Failures};
use victim::Stacked;

struct Panics(bool);

impl Dispose for Panics {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        if self.0 {
            std::panic::resume_unwind(Box::new("drop"));
        }
    }
}

#[test]
fn a_part_of_a_node() {
    for len in [1, 2, 7, 20, 70] {
        for at in [0, 1, 2, 3, len / 2, len - 1] {
            let list = Stacked::of((0..len).map(|place| Panics(place == at)).collect());
            let _ = catch_unwind(AssertUnwindSafe(|| drop(list)));
        }
    }
}
