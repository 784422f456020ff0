//! Parts that tamper with the disposal they are in, and panic: their owner's `always` field is
//! released once.

#![forbid(unsafe_code)]

mod common;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use dispose_core::{__private, AsyncDispose, Close, Dispose, Failures};
use victim::{Handle, PartFirst, Refusing, With, c};

use crate::common::{Failed, Nothing, Swap};

impl AsyncDispose for Nothing {
    async fn release_all_async(&mut self, _: &mut Failures) {
        std::future::pending::<()>().await;
    }
}

/// Exchanges the lists in the pass after its panic.
struct SwapLater<'a>(&'a mut Failures, bool);

impl Dispose for SwapLater<'_> {
    fn release_all(&mut self, own: &mut Failures) {
        own.nest("nothing", &mut Nothing);
        if mem::replace(&mut self.1, true) {
            mem::swap(self.0, own);
        } else {
            panic!("first")
        }
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

type Trick = fn(&mut Failures);

/// Each leaves a `Failures` that is not as it was.
const TRICKS: &[Trick] = &[
    |own| drop(Swap(own).dispose()),
    |own| drop(Swap(own).close()),
    |own| {
        own.record("x", Err::<(), _>(Failed));
        let _ = Swap(own).dispose();
    },
    |own| {
        for _ in 0..9 {
            own.nest("nothing", &mut Nothing);
        }
        let _ = Swap(own).dispose();
    },
    |own| drop(catch_unwind(AssertUnwindSafe(|| SwapLater(own, false).dispose()))),
    |own| {
        // Begun, and forgotten.
        let mut part = Nothing;
        let mut future = Box::pin(own.nest_async("nothing", &mut part));
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        mem::forget(future);
    },
    |own| {
        let mut part = Nothing;
        let future = pin!(own.nest_async("nothing", &mut part));
        let _ = future.poll(&mut Context::from_waker(Waker::noop()));
    },
    // What only expansions call.
    |own| {
        for _ in 0..9 {
            __private::begin_step(own);
        }
        __private::begin_pass::<Evil>(own);
        __private::begin_pass::<Handle<Evil, Nothing>>(own);
    },
    |own| {
        __private::begin_each(own, usize::MAX);
        let _ = __private::is_given_up(own, "x", false);
        let _ = __private::keep(own, "x", Err::<(), _>(Failed));
        let _ = __private::stop(own);
    },
    |own| {
        let _ = __private::Walk::of(own);
    },
];

/// Plays a trick in each pass, and panics in the first.
struct Evil {
    trick: Trick,
    passed: bool,
}

fn evil(trick: Trick) -> Evil {
    Evil { trick, passed: false }
}

impl Dispose for Evil {
    fn release_all(&mut self, own: &mut Failures) {
        (self.trick)(own);
        assert!(mem::replace(&mut self.passed, true), "the first time");
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

fn ends<V: Close>(make: impl Fn() -> V) {
    for end in [drop::<V>, |value: V| drop(value.close())] {
        let _ = catch_unwind(AssertUnwindSafe(|| end(make())));
        c::tick();
        assert_eq!(c::live(), 0);
    }
}

#[test]
fn the_owner_releases_everything_once() {
    /// Plays it after its panic too, on a list that has steps to skip.
    struct Nested(Evil);

    impl Dispose for Nested {
        fn release_all(&mut self, own: &mut Failures) {
            own.nest("evil", &mut self.0);
            (self.0.trick)(own);
        }
        fn is_disposed(&self) -> bool {
            false
        }
    }

    for &trick in TRICKS {
        ends(|| Handle::new(evil(trick), Nothing));
        ends(|| Handle::new(Nothing, evil(trick)));
        ends(|| Handle::new(Nested(evil(trick)), Nothing));
        ends(|| Handle::new(Nothing, Nested(evil(trick))));
        ends(|| Handle::new(Nothing, [None, Some(evil(trick)), None]));
        ends(|| Handle::new(Nothing, (Nothing, Box::new(evil(trick)) as Box<dyn Dispose>)));
        ends(|| With::new(evil(trick)));
        ends(|| PartFirst::new(vec![evil(trick)]));
        ends(|| Refusing::new(evil(trick), Nothing));
        ends(|| Refusing::new(Nothing, evil(trick)));
    }
}

#[test]
fn a_kept_child_keeps_its_parent_whatever_a_part_does() {
    for &trick in TRICKS {
        c::be_busy(1);
        let mut value = Refusing::new(Nothing, evil(trick));
        let _ = catch_unwind(AssertUnwindSafe(|| value.dispose()));
        c::be_busy(0);
        drop(value);
        assert_eq!(c::live(), 0);
    }
}
