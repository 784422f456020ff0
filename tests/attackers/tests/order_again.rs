//! What is left of a field after its release is dropped in Rust's order.

#![forbid(unsafe_code)]
#![allow(dead_code, clippy::unnecessary_wraps, reason = "it is dropped")]

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, DefaultHasher};

use dispose_core::Dispose;

fn free(_: u32) {}

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

#[derive(PartialEq)]
struct Loud(&'static str);
impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(self.0));
    }
}

impl BuildHasher for Loud {
    type Hasher = DefaultHasher;
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

#[derive(Dispose)]
struct Deep {
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    next: Option<Box<Deep>>,
    _last: Option<Loud>,
}

fn deep(len: u32) -> Option<Box<Deep>> {
    let last = Deep { id: Some(0), next: None, _last: Some(Loud("deep")) };
    Some(Box::new((1..len).fold(last, |next, id| Deep {
        id: Some(id),
        next: Some(Box::new(next)),
        _last: None,
    })))
}

#[derive(Dispose)]
struct WithOrdinary {
    #[unmanaged(release = free)]
    id: Option<u32>,
    _ordinary: Loud,
}

fn check<T>(value: T, expected: &str) {
    drop(value);
    assert_eq!(LOG.take().join(" "), expected);
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
        let map = std::mem::replace(&mut self.map, HashMap::with_hasher(Loud("")));
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
    let ordinary = |name| WithOrdinary { id: Some(0), _ordinary: Loud(name) };
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

fn ordinary(name: &'static str) -> WithOrdinary {
    WithOrdinary { id: Some(0), _ordinary: Loud(name) }
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
