//! What a pass holds has no name for the author, and its list is not the author's to exchange.
use std::mem::{self, ManuallyDrop};

use dispose_core::{Close, Dispose, Failures};

struct Swap<'a>(&'a mut Failures);

impl Dispose for Swap<'_> {
    fn release_all(&mut self, own: &mut Failures) {
        mem::swap(self.0, own);
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

#[derive(Close)]
struct Named {
    #[unmanaged(release = |value: Box<i32>| drop((value, __token.take(1, &mut __held_0))), unsafe(always))]
    value: ManuallyDrop<Box<i32>>,
}

#[derive(Close)]
struct Exchanged {
    #[unmanaged(release = |value: Box<i32>| drop((value, Swap(__failures).dispose())), unsafe(always))]
    value: ManuallyDrop<Box<i32>>,
}

fn main() {
    drop(Named { value: ManuallyDrop::new(Box::new(1)) });
    drop(Exchanged { value: ManuallyDrop::new(Box::new(1)) });
}
