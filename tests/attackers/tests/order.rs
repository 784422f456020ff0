//! Where a deep chain is dropped, what can be seen of it is dropped in Rust's order: what is before a part, behind it, or
//! left in a container.

#![forbid(unsafe_code)]
#![allow(dead_code, clippy::unnecessary_wraps, reason = "it is dropped")]

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::hash::{BuildHasher, DefaultHasher};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Dispose, Failures};

fn free(_: u32) {}

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

#[derive(PartialEq)]
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

trait Kind {
    type Option: dispose_core::Slot<Value = u32>;
}

struct OfMySlot;

impl Kind for OfMySlot {
    type Option = MySlot;
}

/// A slot of a type that is called `Option`.
#[derive(Dispose)]
struct Called<K: Kind> {
    #[unmanaged(release = free)]
    slot: K::Option,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[test]
fn a_slot_called_option() {
    let value = Called::<OfMySlot> { slot: MySlot(Some(1), Loud("first")), deep: deep(20) };
    check(value, "first deep");
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

impl BuildHasher for Loud {
    type Hasher = DefaultHasher;
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

#[derive(Dispose)]
struct Hashed {
    #[dispose]
    map: HashMap<u32, WithOrdinary, Loud>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

impl Hashed {
    fn map_only(mut self) -> OnlyMap {
        let map = mem::replace(&mut self.map, HashMap::with_hasher(Loud("")));
        drop(self);
        LOG.take();
        OnlyMap { map: Some(map), deep: deep(20) }
    }
}

#[derive(Dispose)]
struct OnlyMap {
    #[dispose]
    map: Option<HashMap<u32, WithOrdinary, Loud>>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[test]
fn a_hasher() {
    let make = || Hashed { map: HashMap::with_hasher(Loud("hasher")), deep: deep(20) };
    let mut full = make();
    full.map.insert(0, ordinary("value"));
    check(full.map_only(), "hasher value deep");
    check(make(), "hasher deep");
    check(Some(Box::new(make())), "hasher deep");
}

#[derive(Dispose)]
struct Invalid {
    #[unmanaged(release = |_| LOG.with_borrow_mut(|log| log.push("released")), invalid = Some(Loud("invalid")))]
    slot: Option<Loud>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[test]
fn an_empty_state_that_is_some() {
    let value = Invalid { slot: Some(Loud("invalid")), deep: deep(20) };
    drop(value);
    let log = LOG.take();
    let last: Vec<_> = log.iter().rev().take(2).rev().copied().collect();
    assert_eq!(last.join(" "), "invalid deep", "{log:?}");
}

#[derive(Dispose)]
struct Refills {
    #[unmanaged(release = |_| self.slot = Some(Loud("refilled")))]
    id: Option<u32>,
    #[unmanaged(release = drop)]
    slot: Option<Loud>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[test]
fn a_slot_that_is_refilled() {
    check(Refills { id: Some(1), slot: None, deep: deep(20) }, "refilled deep");
}

#[derive(Dispose)]
struct Keys {
    #[dispose]
    map: BTreeMap<Key, Vec<WithOrdinary>>,
    #[dispose]
    deep: Option<Box<Deep>>,
}

struct Key(u32, Loud);
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

#[test]
fn keys() {
    let map = BTreeMap::from([
        (Key(0, Loud("k0")), vec![ordinary("a"), ordinary("b")]),
        (Key(1, Loud("k1")), vec![ordinary("c")]),
    ]);
    check(Keys { map, deep: deep(20) }, "k0 a b k1 c deep");
}

/// A variant and a tuple struct, and lists in lists.
#[derive(Dispose)]
enum Variants {
    Not(Loud),
    Parts(#[dispose] Option<WithOrdinary>, Loud, #[dispose] Option<Box<Deep>>),
    Deep(#[dispose] Option<Box<Deep>>, Loud, #[dispose] Option<Box<Variants>>),
}

#[derive(Dispose)]
struct Lists {
    #[dispose]
    one: Option<Box<Lists>>,
    #[dispose]
    two: Option<Box<Lists>>,
    _last: Loud,
}

#[test]
fn variants() {
    check(Variants::Parts(Some(ordinary("a")), Loud("b"), deep(20)), "a b deep");
    let inner = Variants::Parts(Some(ordinary("a")), Loud("b"), deep(20));
    check(Variants::Deep(deep(20), Loud("c"), Some(Box::new(inner))), "deep c a b deep");
}

#[test]
fn lists_in_lists() {
    let leaf = |name| Some(Box::new(Lists { one: None, two: None, _last: Loud(name) }));
    let node = |one, two, name| Some(Box::new(Lists { one, two, _last: Loud(name) }));
    let tree = node(
        node(leaf("a"), node(leaf("b"), leaf("c"), "d"), "e"),
        node(leaf("f"), node(leaf("g"), node(leaf("h"), leaf("i"), "j"), "k"), "l"),
        "m",
    );
    let tree = (0..12).fold(tree, |next, _| node(leaf("("), next, ")"));
    let outer = "( ".repeat(12);
    check(tree, &format!("{outer}a b c d e f g h i j k l m{}", " )".repeat(12)));
}

/// Never says that it is released.
struct Held;

impl Dispose for Held {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        false
    }
}

/// A container that is left alone, because a part in it says that it is held.
#[derive(Dispose)]
struct Left<C: Dispose> {
    #[dispose]
    container: C,
    #[dispose]
    deep: Option<Box<Deep>>,
}

#[derive(Dispose)]
struct LoudHeld {
    #[dispose]
    held: Held,
    _ordinary: Loud,
}

fn left<C: Dispose>(container: impl Fn(LoudHeld) -> C) {
    let held = || LoudHeld { held: Held, _ordinary: Loud("held") };
    check(Left { container: container(held()), deep: deep(20) }, "held deep");
}

#[test]
fn what_is_left_in_a_container() {
    left(Some);
    left(|held| vec![held]);
    left(|held| VecDeque::from([held]));
    left(|held| LinkedList::from([held]));
    left(|held| BTreeMap::from([(0, held)]));
    left(|held| HashMap::from([(0, held)]));
    left(OnceCell::from);
    left(|held| [Some(held), None]);
    left(|held| [held]);
    left(|held| Box::new(Some(held)));
    left(|held| vec![held].into_boxed_slice());
    left(|held| RefCell::new(Some(held)));
}

#[test]
fn a_part_that_stays() {
    for len in [1, 2, 7, 20] {
        drop(victim::ViewedWith::of(Held, len));
        assert_eq!(victim::c::live(), 0);
    }
}

#[test]
fn a_hasher_of_a_library() {
    for len in [1, 2, 7, 20] {
        drop(victim::Hashed::of(len));
        assert_eq!(victim::c::live(), 0);
    }
}

/// Panics when it is dropped.
struct Panics(bool);

impl Dispose for Panics {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        if self.0 {
            std::panic::resume_unwind(Box::new("drop"));
        }
    }
}

#[test]
fn a_part_of_a_node_that_panics() {
    for len in [1, 2, 7, 20, 70] {
        for at in [0, 1, 2, 3, len / 2, len - 1] {
            let list = victim::Stacked::of((0..len).map(|place| Panics(place == at)).collect());
            let _ = catch_unwind(AssertUnwindSafe(|| drop(list)));
        }
    }
}
