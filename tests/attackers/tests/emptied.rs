//! A value that lives on keeps its parts, whatever a part far down a list does with it.

#![forbid(unsafe_code)]

use dispose_core::__private;
use dispose_core::{Dispose, Failures};

fn free(_: u32) {}

#[derive(Dispose)]
struct Victim {
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    part: Option<Box<Victim>>,
}

impl Victim {
    fn deep() -> Self {
        (0..20).fold(Self { id: Some(0), part: None }, |part, id| Self {
            id: Some(id),
            part: Some(Box::new(part)),
        })
    }
}

#[derive(Dispose)]
struct Chain<T: Dispose> {
    #[dispose]
    end: Option<T>,
    #[dispose]
    next: Option<Box<Chain<T>>>,
}

/// Goes out of scope itself, and hands on what does not.
struct Forward<'a>(&'a mut Victim);

impl Dispose for Forward<'_> {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.nest("victim", self.0);
        dispose_core::__private::Part::nest(self.0, "victim", failures);
        self.0.release_all(failures);
        self.let_go();
    }
    fn is_disposed(&self) -> bool {
        self.0.is_disposed()
    }
}

impl Forward<'_> {
    fn let_go(&mut self) {
        EMPTIED.set(EMPTIED.get() + 1);
        __private::drop(self.0);
    }
}

impl Drop for Forward<'_> {
    fn drop(&mut self) {
        self.let_go();
    }
}

thread_local! {
    static EMPTIED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[test]
fn by_a_part_that_is_dropped() {
    let mut victim = Victim::deep();
    let last = Chain { end: Some(Forward(&mut victim)), next: None };
    drop((0..20).fold(last, |next, _| Chain { end: None, next: Some(Box::new(next)) }));
    assert!(EMPTIED.get() > 1, "the attack was run");
    assert!(victim.is_disposed());
    assert!(victim.part.is_some(), "it is the victim's own");
}
