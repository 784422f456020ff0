//! A value that holds something is where a list of released nodes is dropped.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};

use dispose_core::__private;
use dispose_core::{Dispose, Failures};
use victim::{Layer, Parts, c};

fn free(_: u32) {}

/// Its release puts a live value into a part that is released already.
#[derive(Dispose)]
struct Refilled<T: Dispose> {
    #[unmanaged(release = |fill| self.slot = Some(fill()))]
    fill: Option<fn() -> T>,
    #[dispose]
    slot: Option<T>,
    #[dispose]
    next: Option<Box<Refilled<T>>>,
}

/// The same in a list that is a list of two types.
#[derive(Dispose)]
struct Mixed<T: Dispose> {
    #[unmanaged(release = |fill| self.slot = Some(fill()))]
    fill: Option<fn() -> T>,
    #[dispose]
    slot: Option<T>,
    #[dispose]
    next: Option<Box<Between<T>>>,
}

#[derive(Dispose)]
struct Between<T: Dispose> {
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    next: Option<Box<Mixed<T>>>,
}

const LENGTHS: [usize; 6] = [1, 6, 7, 8, 9, 70];

/// Drops lists of each length, in which the one at `at` is refilled.
fn refill<T: Dispose>(fill: fn() -> T) {
    for len in LENGTHS {
        for at in [0, len / 2, len - 1] {
            let fill = |place| (place == at).then_some(fill);
            let node = |place, next| Refilled { fill: fill(place), slot: None, next };
            let list =
                (1..len).fold(node(0, None), |next, place| node(place, Some(Box::new(next))));
            drop(list);
            assert_eq!(c::live(), 0, "{len} nodes, refilled at {at}");

            let node = |place, next| Mixed { fill: fill(place), slot: None, next };
            let list = (1..len).fold(node(0, None), |next, place| {
                node(place, Some(Box::new(Between { id: Some(0), next: Some(Box::new(next)) })))
            });
            drop(list);
            assert_eq!(c::live(), 0, "{len} nodes of two types, refilled at {at}");
        }
    }
}

#[test]
fn by_a_release() {
    refill(|| Layer::of(2));
    refill(|| Layer::of(20));
    refill(|| Box::new(Layer::of(3)));
    refill(|| vec![Layer::of(2), Layer::of(3)]);
    refill(|| [Some(Layer::of(2)), None]);
    refill(|| VecDeque::from([Parts::new()]));
    refill(|| LinkedList::from([Parts::new()]));
    refill(|| BTreeMap::from([(0, Parts::new())]));
    refill(|| HashMap::from([(0, Parts::new())]));
    refill(Parts::new);
    refill(|| Some(Box::new(Parts::new())));
}

/// Says that it is released, and holds what is not.
struct Liar<T>(Option<T>);

impl<T: Dispose> Dispose for Liar<T> {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

#[test]
fn by_a_part_that_lies() {
    refill(|| Liar(Some(Layer::of(3))));
    refill(|| Some(Box::new(Liar(Some(Parts::new())))));
    assert_eq!(c::live(), 0);
}

/// Lets its owner's `Drop` be run, which a safe caller can only do by the function that it calls.
#[test]
fn by_the_function_of_its_drop() {
    let mut layers = Layer::of(20);
    __private::drop(&mut layers);
    assert_eq!(c::live(), 0);
}
