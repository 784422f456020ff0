//! An attacker calls a victim's `release_all` itself, with a list that has steps to skip. A child that
//! is skipped would outlive its parent.

#![forbid(unsafe_code)]

mod common;

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use dispose_core::{__private, AsyncDispose, Close, Dispose, Failures};
use victim::{Awaited, ByHand, Connection, Keyed, Refusing, c};

use crate::common::Nothing;

impl AsyncDispose for Nothing {
    async fn release_all_async(&mut self, _: &mut Failures) {}
}

/// Makes its list count `steps`, panics, and hands the list to the victim in the pass after that.
struct Forward<V> {
    victim: V,
    steps: usize,
    /// Stops the disposal too, which the pass after the panic does again.
    stops: bool,
    passed: bool,
    hand_on: fn(&mut V, &mut Failures),
}

impl<V> Dispose for Forward<V> {
    fn release_all(&mut self, own: &mut Failures) {
        if mem::replace(&mut self.passed, true) {
            __private::begin_pass::<Self>(own);
            (self.hand_on)(&mut self.victim, own);
        } else {
            for _ in 0..self.steps {
                own.nest("nothing", &mut Nothing);
                __private::begin_step(own);
            }
            let _ = self.stops && __private::stop(own);
            panic!("first")
        }
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

/// Lets one victim's pass count the steps, and hands on another in its place.
struct Exchange<V>(V, Option<V>);

impl<V: Dispose> Dispose for Exchange<V> {
    fn release_all(&mut self, own: &mut Failures) {
        self.0.release_all(own);
        if let Some(other) = self.1.take() {
            self.0 = other;
            panic!("first");
        }
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

fn ends<V: Dispose>(make: impl Fn() -> V, hand_on: fn(&mut V, &mut Failures)) {
    let run = |mut value: Box<dyn Dispose + '_>| {
        let _ = catch_unwind(AssertUnwindSafe(|| value.dispose()));
        drop(value);
        assert_eq!(c::live(), 0);
    };
    for (steps, stops) in (0..6).flat_map(|steps| [(steps, false), (steps, true)]) {
        run(Box::new(Forward { victim: make(), steps, stops, passed: false, hand_on }));
    }
    run(Box::new(Exchange(make(), Some(make()))));
    run(Box::new(Exchange(Box::new(make()), Some(Box::new(make())))));
    let _ = catch_unwind(AssertUnwindSafe(|| Exchange(make(), Some(make())).close()));
    assert_eq!(c::live(), 0);
}

#[test]
fn the_pass_of_another_type_does_not_lose_a_stop() {
    thread_local!(static STOPPED: Cell<bool> = const { Cell::new(false) });
    let hand_on = |victim: &mut Connection, own: &mut Failures| {
        victim.release_all(own);
        STOPPED.set(own.is_stopped());
    };
    let victim = Connection::new();
    let mut forward = Forward { victim, steps: 3, stops: true, passed: false, hand_on };
    let _ = catch_unwind(AssertUnwindSafe(|| forward.dispose()));
    assert!(STOPPED.get());
    drop(forward);
    assert_eq!(c::live(), 0);
}

#[test]
fn in_place() {
    ends(Connection::new, Dispose::release_all);
    ends(ByHand::new, Dispose::release_all);
    ends(|| Keyed::new(1), Dispose::release_all);
    ends(|| Refusing::new(Connection::new(), ByHand::new()), Dispose::release_all);
    ends(|| vec![Connection::new()], Dispose::release_all);
    ends(|| Some(Box::new(Connection::new()) as Box<dyn Dispose>), Dispose::release_all);
}

#[test]
fn awaited() {
    fn poll<V: AsyncDispose>(victim: &mut V, own: &mut Failures, times: usize) {
        let mut future = pin!(victim.release_all_async(own));
        for _ in 0..times {
            if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
        }
    }
    let ways: [fn(&mut Awaited<Nothing>, &mut Failures); 4] = [
        |victim, own| poll(victim, own, 1),
        |victim, own| poll(victim, own, 2),
        |victim, own| poll(victim, own, 9),
        |victim, own| {
            let mut future = Box::pin(victim.release_all_async(own));
            let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            mem::forget(future);
        },
    ];
    for forward in ways {
        ends(|| Awaited::new(Nothing), forward);
    }
}
