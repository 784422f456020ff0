//! What is left in a container is dropped before the parts behind it, as Rust would.

#![forbid(unsafe_code)]

use dispose_core::{Dispose, Failures};
use victim::{Hashed, ViewedWith, c};

/// Never says that it is released.
struct Held;

impl Dispose for Held {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        false
    }
}

#[test]
fn a_part_that_stays() {
    for len in [1, 2, 7, 20] {
        drop(ViewedWith::of(Held, len));
        assert_eq!(c::live(), 0);
    }
}

#[test]
fn a_hasher() {
    for len in [1, 2, 7, 20] {
        drop(Hashed::of(len));
        assert_eq!(c::live(), 0);
    }
}
