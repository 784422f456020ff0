//! A value that holds something still is where a chain of released parts is dropped from the inside out.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::pin::Pin;

use dispose_core::__private::{self, Part as _};
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

/// What an expansion calls for the parts of a value that is being dropped, called for others.
#[test]
fn by_hand() {
    for len in LENGTHS {
        Some(Layer::of(len)).detach();
        Some(Box::new(Layer::of(len))).detach();
        Box::new(Some(Layer::of(len))).detach();
        Box::pin(Some(Layer::of(len))).detach();
        [Some(Layer::of(len)), None].detach();
        vec![Layer::of(len), Layer::of(1)].detach();
        Some(Box::new(vec![Some(Layer::of(len))])).detach();
        let mut boxed: Option<Box<dyn Dispose>> = Some(Box::new(Layer::of(len)));
        boxed.detach();
        drop(boxed);
        assert_eq!(c::live(), 0);
    }
    Some(Parts::new()).detach();
    vec![Parts::new()].detach();
    assert_eq!(c::live(), 0);
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
    for len in LENGTHS {
        Some(Liar(Some(Layer::of(len)))).detach();
        vec![Liar(Some(vec![Some(Layer::of(len))]))].detach();
        let mut pinned: Option<Pin<Box<Liar<Layer>>>> = Some(Box::pin(Liar(Some(Layer::of(len)))));
        pinned.detach();
        assert!(pinned.is_none(), "it said that it may be dropped");
    }
    assert_eq!(c::live(), 0);
}

/// Lets its owner's `Drop` be run, which a safe caller can only do by the function that it calls.
#[test]
fn by_the_function_of_its_drop() {
    let mut layers = Layer::of(20);
    assert!(__private::drop(&mut layers), "they go deep");
    assert_eq!(c::live(), 0);
}
