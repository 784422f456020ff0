#![forbid(unsafe_code)]

use dispose_core::Dispose;
use victim::Parts;

fn free(_: i32) {}

trait Exclusive {
    fn change(&mut self);
}

// Would put a live value there after the question.
impl Exclusive for Option<Parts> {
    fn change(&mut self) {
        *self = Some(Parts::new());
    }
}

trait Shared {
    fn change(&self);
}

impl Shared for Option<Parts> {
    fn change(&self) {}
}

#[derive(Dispose)]
enum Swaps {
    Only(
        #[unmanaged(release = free, invalid = { __field_1.change(); -1 })] i32,
        #[dispose] Option<Parts>,
        #[dispose] Option<Box<Swaps>>,
    ),
}

fn main() {}
