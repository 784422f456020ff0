//! What is declared before a part, and is tracked itself, is dropped before it, as Rust would.

#![forbid(unsafe_code)]
#![allow(dead_code, clippy::unnecessary_wraps, reason = "it is dropped")]

use std::cell::RefCell;

use dispose_core::{Dispose, Failures};

fn free(_: u32) {}

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

struct Loud(&'static str);
impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(self.0));
    }
}

/// A part with an ordinary field.
#[derive(Dispose)]
struct WithOrdinary {
    #[unmanaged(release = free)]
    id: Option<u32>,
    _ordinary: Loud,
}

#[derive(Dispose)]
struct Deep {
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    next: Option<Box<Deep>>,
    _last: Option<Loud>,
}

#[derive(Dispose)]
struct PartFirst {
    #[dispose]
    first: WithOrdinary,
    #[dispose]
    deep: Option<Box<Deep>>,
}

/// A part by hand.
struct ByHand(Loud);
impl Dispose for ByHand {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

#[derive(Dispose)]
struct ByHandFirst {
    #[dispose]
    first: ByHand,
    #[dispose]
    deep: Option<Box<Deep>>,
}

/// A slot, which may be dropped as it likes when it is empty.
struct MySlot(Option<u32>, Loud);
impl dispose_core::Slot for MySlot {
    type Value = u32;
    fn take(&mut self) -> Option<u32> {
        self.0.take()
    }
    fn put(&mut self, value: u32) {
        self.0 = Some(value);
    }
    fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[derive(Dispose)]
struct SlotFirst {
    #[unmanaged(release = free)]
    slot: MySlot,
    #[dispose]
    deep: Option<Box<Deep>>,
}

/// A list, of which each has a part first.
#[derive(Dispose)]
struct List {
    #[dispose]
    first: WithOrdinary,
    #[dispose]
    next: Option<Box<List>>,
}

fn deep(len: u32) -> Option<Box<Deep>> {
    let last = Deep { id: Some(0), next: None, _last: Some(Loud("deep")) };
    Some(Box::new((1..len).fold(last, |next, id| Deep {
        id: Some(id),
        next: Some(Box::new(next)),
        _last: None,
    })))
}

fn ordinary(name: &'static str) -> WithOrdinary {
    WithOrdinary { id: Some(0), _ordinary: Loud(name) }
}

fn check<T>(value: T, expected: &str) {
    drop(value);
    assert_eq!(LOG.take().join(" "), expected);
}

#[test]
fn a_part_with_an_ordinary_field() {
    check(PartFirst { first: ordinary("first"), deep: deep(20) }, "first deep");
}

#[test]
fn a_part_by_hand() {
    check(ByHandFirst { first: ByHand(Loud("first")), deep: deep(20) }, "first deep");
}

#[test]
fn a_slot() {
    check(SlotFirst { slot: MySlot(Some(1), Loud("first")), deep: deep(20) }, "first deep");
}

#[test]
fn in_a_container() {
    check(vec![PartFirst { first: ordinary("first"), deep: deep(20) }], "first deep");
    check(Some(Box::new(PartFirst { first: ordinary("first"), deep: deep(20) })), "first deep");
}

#[test]
fn a_list() {
    let node = |name, next| List { first: ordinary(name), next };
    let list = ["1", "2", "3", "4"]
        .into_iter()
        .rev()
        .fold(node("5", None), |next, name| node(name, Some(Box::new(next))));
    check(list, "1 2 3 4 5");
}

/// A list, of which each has a part in a container first, and a part after which it holds more.
#[derive(Dispose)]
struct Contained {
    #[dispose]
    first: Option<WithOrdinary>,
    #[dispose]
    next: Option<Box<Contained>>,
    _last: Loud,
}

#[test]
fn a_list_with_containers() {
    let node =
        |first, last, next| Contained { first: Some(ordinary(first)), next, _last: Loud(last) };
    let inner = node("c", "C", None);
    let list = node("a", "A", Some(Box::new(node("b", "B", Some(Box::new(inner))))));
    let list = (0..10).fold(list, |next, _| node("0", "9", Some(Box::new(next))));
    check(list, "0 0 0 0 0 0 0 0 0 0 a b c C B A 9 9 9 9 9 9 9 9 9 9");
}

/// A list, of which each has a part that only its own type knows.
#[derive(Dispose)]
struct Boxed {
    #[dispose]
    first: Box<dyn Dispose>,
    #[dispose]
    next: Option<Box<Boxed>>,
}

#[test]
fn a_list_with_boxes() {
    let node = |first, next| Boxed { first: Box::new(ordinary(first)), next };
    let list = (0..10).fold(node("last", None), |next, _| node("0", Some(Box::new(next))));
    // Nothing is seen of the first two.
    let list = (0..2).fold(list, |next, _| Boxed {
        first: Box::new(None::<WithOrdinary>),
        next: Some(Box::new(next)),
    });
    check(list, "0 0 0 0 0 0 0 0 0 0 last");
}

/// Elements of which more is dropped after their parts.
#[derive(Dispose)]
struct InArray {
    #[dispose]
    elements: Option<[InVec; 2]>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[derive(Dispose)]
struct InVec {
    #[dispose]
    parts: Vec<WithOrdinary>,
    _last: Loud,
}

#[test]
fn an_array() {
    let element = |first, last| InVec { parts: vec![ordinary(first)], _last: Loud(last) };
    let elements = [element("a", "A"), element("b", "B")];
    check(InArray { elements: Some(elements), deep: deep(20) }, "a A b B deep");
}

#[test]
fn a_view_outlives_its_page() {
    for len in [1, 2, 7, 20] {
        drop(victim::Viewed::of(len));
        assert_eq!(victim::c::live(), 0);
    }
    drop(vec![victim::Viewed::of(20)]);
    drop(Some(Box::new(victim::Viewed::of(20))));
    assert_eq!(victim::c::live(), 0);
}
