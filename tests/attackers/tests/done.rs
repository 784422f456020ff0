//! In a long list, a pass finds the next part done. The list that says so is handed to another value, or
//! says so of another container.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use dispose_core::__private::{Access, List, Unlinking, nest_next};
use dispose_core::{Close, Dispose, Failures};

thread_local! {
    static LIVE: Cell<i32> = const { Cell::new(0) };
    static REACHED: Cell<u32> = const { Cell::new(0) };
    static UNSEEN: Cell<bool> = const { Cell::new(false) };
    static SAME: Cell<u32> = const { Cell::new(0) };
    static VICTIMS: RefCell<Vec<Box<dyn Dispose>>> = const { RefCell::new(Vec::new()) };
    static LIE: Cell<Lie> = const { Cell::new(Lie::Panic) };
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

    fn container(&mut self) -> &mut Option<Box<Self>> {
        &mut self.0.get_or_insert_with(|| Box::new(Inside { _id: None, next: None })).next
    }
}

impl List for Evil {
    type Key = Vec<()>;
    type Next = Option<Box<Self>>;
    fn next(&self, _: Access<Self>) -> &Option<Box<Self>> {
        self.0.as_ref().map_or(&None, |inside| &inside.next)
    }
    fn next_mut(&mut self, _: Access<Self>) -> &mut Option<Box<Self>> {
        self.container()
    }
    fn is_empty(&self, _: Access<Self>) -> bool {
        false
    }
    fn is_exclusive() -> bool {
        true
    }
    fn unlinking() -> Unlinking {
        if UNSEEN.get() { Unlinking::Unseen } else { Unlinking::Seen }
    }
}

impl Dispose for Evil {
    fn release_all(&mut self, failures: &mut Failures) {
        nest_to_the_end(self, failures, |evil, own| {
            let inner = Some(Box::new(Victim::list(2)));
            let container = ptr::from_ref(evil.container()).addr();
            let kept = evil.container().take();
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
        nest_next(evil.container(), "next", failures);
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

#[derive(Clone, Copy)]
enum Lie {
    Panic,
    /// Another container each time.
    Elsewhere,
}

/// Has victims, and lies of its next node.
struct Liar {
    victim: Victim,
    next: Option<Box<Liar>>,
}

impl Liar {
    fn list(len: u32) -> Self {
        let node = |next| Self { victim: Victim::list(2), next };
        (1..len).fold(node(None), |next, _| node(Some(Box::new(next))))
    }
}

impl Dispose for Liar {
    fn release_all(&mut self, failures: &mut Failures) {
        REACHED.set(REACHED.get() + 1);
        nest_next(&mut self.next, "next", failures);
        failures.nest("victim", &mut self.victim);
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

impl List for Liar {
    type Key = Vec<()>;
    type Next = Option<Box<Self>>;
    fn next(&self, _: Access<Self>) -> &Option<Box<Self>> {
        &self.next
    }
    fn next_mut(&mut self, _: Access<Self>) -> &mut Option<Box<Self>> {
        match LIE.get() {
            Lie::Panic => panic!("not there"),
            Lie::Elsewhere => Box::leak(Box::new(None)),
        }
    }
    fn is_empty(&self, _: Access<Self>) -> bool {
        true
    }
    fn is_exclusive() -> bool {
        true
    }
    fn unlinking() -> Unlinking {
        if UNSEEN.get() { Unlinking::Unseen } else { Unlinking::Seen }
    }
}

#[test]
fn a_container_elsewhere() {
    for (lie, unseen) in
        [(Lie::Panic, false), (Lie::Panic, true), (Lie::Elsewhere, false), (Lie::Elsewhere, true)]
    {
        LIE.set(lie);
        UNSEEN.set(unseen);
        for len in [1, 2, 100] {
            REACHED.set(0);
            let mut liar = Liar::list(len);
            quietly(|| drop(liar.dispose()));
            quietly(|| drop(liar));
            assert!(REACHED.get() > 0, "the attack was run");
            assert!(LIVE.take() >= 0, "each at most once");
        }
    }
}

/// Must be released before the next one, and with it in its place.
#[derive(Dispose)]
struct Before {
    #[dispose]
    next: Option<Box<Before>>,
    #[unmanaged(release = |id: u64| {
        let next = self.next.as_ref().expect("in its place");
        assert!(id == 1 || !next.is_disposed(), "used after its release");
    })]
    id: Option<u64>,
}

#[test]
fn an_order_that_the_releaser_chooses() {
    struct Owner(Option<Box<Before>>);

    impl Dispose for Owner {
        fn release_all(&mut self, failures: &mut Failures) {
            nest_next(&mut self.0, "0", failures);
        }
        fn is_disposed(&self) -> bool {
            self.0.is_disposed()
        }
    }

    let end = Before { next: None, id: None };
    let list = (1..200).fold(end, |next, id| Before { next: Some(Box::new(next)), id: Some(id) });
    Owner(Some(Box::new(list))).dispose().unwrap();
}
