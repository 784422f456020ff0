//! Drops that panic, at each place where one runs.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;

use dispose_core::{
    __private, Close, Dispose, DisposeError, DisposeStack, Failures, Shared, TryClose, using,
};
use victim::{Handle, Hung, PartFirst, Pinned, With, c};

/// Panics when it is dropped, unless that would abort.
#[derive(Debug)]
struct Loud(bool);

impl Drop for Loud {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || !self.0, "dropped");
    }
}

impl fmt::Display for Loud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("loud")
    }
}

impl std::error::Error for Loud {}

/// Fails with an error whose drop panics, and is dropped with a panic.
struct Fails(Loud, bool);

impl Dispose for Fails {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.record("loud", Err::<(), _>(Loud(true)));
        failures.record("quiet", Err::<(), _>(Loud(false)));
        if self.1 {
            self.1 = false;
            panic_any(Loud(false));
        }
    }
    fn is_disposed(&self) -> bool {
        self.0.0
    }
}

fn ends<V: Close>(make: impl Fn() -> V) {
    type End<V> = fn(V);
    let ends: [End<V>; 5] = [
        drop,
        |value| drop(value.close()),
        |value| drop(using(value, |_| Err::<(), _>(Loud(true)))),
        |value| {
            let shared = Shared::new(value);
            let lease = shared.lease();
            let _ = shared.dispose();
            drop(lease);
        },
        |value| {
            let mut stack = DisposeStack::new();
            stack.push(value);
            stack.defer(|| Err::<(), _>(Loud(true)));
            let _ = stack.dispose();
        },
    ];
    for end in ends {
        let ended = catch_unwind(AssertUnwindSafe(|| end(make())));
        // What is caught may be loud too.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(ended)));
        c::tick();
        assert_eq!(c::live(), 0);
    }
}

thread_local!(static REPORTED: Cell<usize> = const { Cell::new(0) });

fn count_failures() {
    dispose_core::set_drop_hook(Some(|report| {
        REPORTED.set(REPORTED.get() + report.error().map_or(0, DisposeError::len));
        drop(report.to_string());
    }));
}

#[test]
fn at_each_place() {
    count_failures();
    for (first, last) in [(true, false), (false, true), (true, true)] {
        ends(|| Hung::new(Loud(first), Loud(last)));
        for panics in [false, true] {
            ends(|| Handle::new(Fails(Loud(first), panics), Fails(Loud(last), false)));
            ends(|| Handle::new(Fails(Loud(first), false), Fails(Loud(last), panics)));
            ends(|| With::new([Fails(Loud(first), panics), Fails(Loud(last), false)]));
            ends(|| PartFirst::new(vec![Some(Fails(Loud(first), panics)), None]));
        }
    }
    ends(|| Hung::new(vec![Loud(true), Loud(true)], vec![Loud(false)]));
}

#[test]
fn a_failure_is_reported_where_an_ordinary_field_panics_too() {
    fn fails(loud: bool) -> Fails {
        Fails(Loud(loud), false)
    }
    count_failures();
    let ways: [fn(); 3] = [
        || drop(Handle::new(fails(true), fails(false)).close()),
        || drop(__private::try_close(Handle::new(fails(false), fails(true)))),
        || drop(vec![fails(true)].close()),
    ];
    for close in ways {
        REPORTED.set(0);
        assert!(catch_unwind(AssertUnwindSafe(close)).is_err());
        assert!(REPORTED.get() >= 2, "{}", REPORTED.get());
        assert_eq!(c::live(), 0);
    }
}

#[test]
fn an_error_that_is_taken_apart() {
    for take_apart in [
        drop as fn(DisposeError),
        |error| drop(error.into_failures().next_back()),
        |error| drop(error.downcast::<Loud>()),
    ] {
        let error = Handle::new(Fails(Loud(false), false), Fails(Loud(false), false)).close();
        let _ = catch_unwind(AssertUnwindSafe(|| take_apart(error.unwrap_err())));
        assert_eq!(c::live(), 0);
    }
    let _ = catch_unwind(|| drop(Fails(Loud(false), true).try_close()));
}

#[test]
fn a_pinned_value_is_released_where_it_is() {
    fn owned(value: Pin<Box<Pinned>>) {
        let mut stack = DisposeStack::new();
        stack.adopt(value, drop);
        stack.adopt(Loud(true), |_| panic!("first"));
        let _ = stack.dispose();
    }
    for end in [drop, owned, |value| drop(Hung::new(Some(value), None))] {
        let value = Pinned::new();
        c::tick();
        let _ = catch_unwind(AssertUnwindSafe(|| end(value)));
        c::tick();
        assert_eq!(c::live(), 0);
    }
}
