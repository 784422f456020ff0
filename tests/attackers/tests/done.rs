//! In a long list, a pass finds the next part done. The list that says so is handed to another value, or
//! says so of another container.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use dispose_core::__private::{nest_next, nest_next_unseen};
use dispose_core::{Close, Dispose, Failures};

thread_local! {
    static LIVE: Cell<i32> = const { Cell::new(0) };
    static REACHED: Cell<u32> = const { Cell::new(0) };
    static UNSEEN: Cell<bool> = const { Cell::new(false) };
    static SAME: Cell<u32> = const { Cell::new(0) };
    static VICTIMS: RefCell<Vec<Box<dyn Dispose>>> = const { RefCell::new(Vec::new()) };
    static ELSEWHERE: Cell<Option<&'static mut Option<Box<Victim>>>> = const { Cell::new(None) };
}

/// Must not be released while the next one is not.
#[derive(Dispose)]
struct Victim {
    #[unmanaged(release = |_id| {
        LIVE.set(LIVE.get() - 1);
        assert!(self.next.as_ref().is_none_or(Dispose::is_disposed), "used after its release");
    })]
    id: Option<u64>,
    #[dispose]
    next: Option<Box<Victim>>,
}

impl Victim {
    fn list(len: u32) -> Self {
        (1..len).fold(Self::new(None), |next, _| Self::new(Some(Box::new(next))))
    }

    fn new(next: Option<Box<Self>>) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self { id: Some(0), next }
    }
}

fn quietly(run: impl FnOnce()) {
    let result = catch_unwind(AssertUnwindSafe(run));
    let text = result.err().and_then(|panic| panic.downcast::<&str>().ok());
    assert_ne!(text.as_deref(), Some(&"used after its release"));
}

/// As large as a victim, with the container at the same place in it.
struct Inside {
    _id: Option<u64>,
    next: Option<Box<Evil>>,
}

/// Frees its container, and puts a victim in its place.
struct Evil(Option<Box<Inside>>);

impl Evil {
    fn list(len: u32) -> Self {
        let node = |next| Self(Some(Box::new(Inside { _id: Some(0), next })));
        (1..len).fold(node(None), |next, _| node(Some(Box::new(next))))
    }

    fn next(&mut self) -> &mut Option<Box<Self>> {
        &mut self.0.get_or_insert_with(|| Box::new(Inside { _id: None, next: None })).next
    }
}

impl Dispose for Evil {
    fn release_all(&mut self, failures: &mut Failures) {
        nest_to_the_end(self, failures, |evil, own| {
            let inner = Some(Box::new(Victim::list(2)));
            let container = ptr::from_ref(evil.next()).addr();
            let kept = evil.next().take();
            drop(evil.0.take());
            let mut victim = Box::new(Victim::new(inner));
            if ptr::from_ref(&victim.next).addr() == container {
                SAME.set(SAME.get() + 1);
            }
            victim.release_all(own);
            drop(kept);
            VICTIMS.with_borrow_mut(|victims| victims.push(victim));
        });
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

/// Goes far enough down that the rest is released one by one.
fn nest_to_the_end(evil: &mut Evil, failures: &mut Failures, end: fn(&mut Evil, &mut Failures)) {
    REACHED.set(REACHED.get() + 1);
    if REACHED.get() <= 70 {
        if UNSEEN.get() {
            nest_next_unseen(evil.next(), "next", failures, Evil::next);
        } else {
            nest_next(evil.next(), "next", failures, Evil::next);
        }
    } else {
        if UNSEEN.get() && REACHED.get() == 100 {
            // From now on, each finds the next one done.
            failures.record("evil", Err(std::fmt::Error));
        }
        end(evil, failures);
    }
}

#[test]
fn the_list_of_another_type() {
    for n in 0..40 {
        UNSEEN.set(n >= 20);
        REACHED.set(0);
        quietly(|| drop(Evil::list(200).dispose()));
        REACHED.set(0);
        quietly(|| drop(Evil::list(200).close()));
        assert!(REACHED.get() > 70, "the attack was run");
        quietly(|| drop(VICTIMS.take()));
        assert_eq!(LIVE.get(), 0);
    }
    println!("in the same place: {}, which is up to the allocator", SAME.get());
}

#[test]
fn another_container() {
    /// Hands a victim on as the next one of another, which it is not in.
    struct Elsewhere(Option<Box<Victim>>, u32);

    fn elsewhere(_: &mut Victim) -> &mut Option<Box<Victim>> {
        ELSEWHERE.take().unwrap_or_else(|| Box::leak(Box::new(None)))
    }

    impl Dispose for Elsewhere {
        fn release_all(&mut self, failures: &mut Failures) {
            if self.1 < 80 {
                self.1 += 1;
                failures.nest("again", self);
                return;
            }
            REACHED.set(REACHED.get() + 1);
            ELSEWHERE.set(Some(Box::leak(Box::new(Some(Box::new(Victim::list(3)))))));
            nest_next(&mut self.0, "victim", failures, elsewhere);
        }
        fn is_disposed(&self) -> bool {
            false
        }
    }

    for len in [1, 2, 100] {
        REACHED.set(0);
        quietly(|| drop(Elsewhere(Some(Box::new(Victim::list(len))), 0).dispose()));
        assert!(REACHED.get() > 0, "the attack was run");
        assert_eq!(LIVE.take(), i32::try_from(len).unwrap(), "the attacker has put it there");
    }
}

#[test]
fn a_container_that_cannot_be_found() {
    struct Lost(Option<Box<Victim>>);

    fn panics(_: &mut Victim) -> &mut Option<Box<Victim>> {
        panic!("not there")
    }

    impl Dispose for Lost {
        fn release_all(&mut self, failures: &mut Failures) {
            nest_next_unseen(&mut self.0, "victim", failures, panics);
        }
        fn is_disposed(&self) -> bool {
            self.0.is_disposed()
        }
    }

    for len in [1, 2, 100] {
        let mut lost = Lost(Some(Box::new(Victim::list(len))));
        quietly(|| drop(lost.dispose()));
        drop(lost);
        assert_eq!(LIVE.get(), 0);
    }
}
