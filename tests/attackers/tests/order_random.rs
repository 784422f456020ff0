//! Random values are dropped in the order in which Rust drops the same without derives, also when drops panic.

#![forbid(unsafe_code)]
#![allow(clippy::pedantic, dead_code, clippy::linkedlist, clippy::vec_box, reason = "a model")]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LOG: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static SEED: Cell<u64> = const { Cell::new(1) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
    static PANIC: Cell<u32> = const { Cell::new(u32::MAX) };
}

fn random(below: u64) -> u64 {
    let mut seed = SEED.get();
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    SEED.set(seed);
    seed % below
}

fn free(_: u32) {}

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loud(u32);
impl Loud {
    fn new() -> Self {
        NEXT.set(NEXT.get() + 1);
        Self(NEXT.get())
    }
}
impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(self.0));
        if PANIC.get() == self.0 {
            std::panic::resume_unwind(Box::new("drop"));
        }
    }
}

macro_rules! derived {
    ($($item:tt)*) => { #[derive(dispose_core::Dispose)] $($item)* };
}

macro_rules! plain {
    (pub struct $name:ident { $($(#[$($a:tt)*])* $field:ident: $ty:ty,)* }) => {
        pub struct $name { $($field: $ty,)* }
    };
    (pub enum $name:ident { Empty($($e:tt)*), $($rest:tt)* }) => {
        pub enum Any {
            Empty(Loud),
            List(Option<Box<List>>, Loud),
            Tree { before: Loud, tree: Tree, any: Option<Box<Any>> },
            First(Vec<First>, Option<Box<Any>>),
            InPlace(InPlace),
            Two(Box<Two>, Vec<Any>),
            Arrays(Option<Box<Arrays>>, Option<u32>, Vec<Any>),
            Map(OnceCell<Box<Map>>, Vec<Option<Box<Any>>>),
            Deep(Option<Box<Any>>, Loud),
        }
    };
}

macro_rules! types {
    ($name:ident, $derive:ident) => {
        mod $name {
            use std::cell::OnceCell;
            use std::collections::{BTreeMap, LinkedList, VecDeque};
            use std::pin::Pin;

            use super::*;

            $derive! {
                pub struct List {
                    #[unmanaged(release = free)] id: Option<u32>,
                    #[dispose] side: Option<Any>,
                    #[dispose] more: Vec<Any>,
                    #[dispose] next: Option<Box<List>>,
                    last: Option<Loud>,
                }
            }
            $derive! {
                pub struct Tree {
                    #[dispose] left: Option<Box<Tree>>,
                    #[unmanaged(release = free, invalid = 0)] id: u32,
                    #[dispose] right: Option<Box<Tree>>,
                    last: Loud,
                }
            }
            $derive! {
                pub struct First {
                    first: Loud,
                    #[dispose] side: OnceCell<Any>,
                    #[dispose] next: Option<Box<First>>,
                    last: Loud,
                }
            }
            $derive! {
                pub struct InPlace {
                    #[dispose] inner: Inner,
                    #[dispose] next: Option<Box<InPlace>>,
                }
            }
            $derive! {
                pub struct Inner {
                    #[unmanaged(release = free)] id: Option<u32>,
                    #[dispose] any: VecDeque<Any>,
                    middle: String,
                    #[dispose] other: LinkedList<Any>,
                    last: Loud,
                }
            }
            $derive! {
                pub struct Two {
                    #[dispose] list: Option<Box<List>>,
                    #[dispose] any: [Option<Any>; 2],
                    #[dispose] again: Option<Box<List>>,
                    middle: Loud,
                    #[dispose] map: BTreeMap<Loud, Any>,
                }
            }
            $derive! {
                pub struct Arrays {
                    #[dispose] any: [Vec<Any>; 2],
                    #[dispose] inner: [Inner; 2],
                    #[dispose] slice: Box<[Any]>,
                    #[dispose] pinned: Option<Pin<Box<Any>>>,
                }
            }
            $derive! {
                pub struct Map {
                    #[dispose] map: BTreeMap<Loud, Any>,
                    #[dispose] next: Option<Box<Map>>,
                    last: Loud,
                }
            }
            $derive! {
                pub enum Any {
                    Empty(Loud),
                    List(#[dispose] Option<Box<List>>, Loud),
                    Tree { before: Loud, #[dispose] tree: Tree, #[dispose] any: Option<Box<Any>> },
                    First(#[dispose] Vec<First>, #[dispose] Option<Box<Any>>),
                    InPlace(#[dispose] InPlace),
                    Two(#[dispose] Box<Two>, #[dispose] Vec<Any>),
                    Arrays(#[dispose] Option<Box<Arrays>>, #[unmanaged(release = free)] Option<u32>, #[dispose] Vec<Any>),
                    Map(#[dispose] OnceCell<Box<Map>>, #[dispose] Vec<Option<Box<Any>>>),
                    Deep(#[dispose] Option<Box<Any>>, Loud),
                }
            }

            fn vec(depth: u64) -> Vec<Any> {
                (0..random(3)).map(|_| any(depth)).collect()
            }
            fn opt(depth: u64) -> Option<Any> {
                (random(2) == 0).then(|| any(depth))
            }
            fn id() -> Option<u32> {
                (random(3) > 0).then_some(1)
            }
            fn long() -> u64 {
                if random(3) == 0 { random(14) } else { random(3) }
            }
            fn list(depth: u64) -> Option<Box<List>> {
                (0..long()).fold(None, |next, _| {
                    let last = (random(2) == 0).then(Loud::new);
                    Some(Box::new(List { id: id(), side: opt(depth), more: vec(depth), next, last }))
                })
            }
            fn tree(depth: u64) -> Tree {
                let child = || (depth > 0 && random(3) > 0).then(|| Box::new(tree(depth - 1)));
                Tree { left: child(), id: random(2) as u32, right: child(), last: Loud::new() }
            }
            fn first(depth: u64) -> First {
                (0..long()).fold(
                    First { first: Loud::new(), side: OnceCell::new(), next: None, last: Loud::new() },
                    |next, _| First {
                        first: Loud::new(),
                        side: opt(depth).map_or_else(OnceCell::new, OnceCell::from),
                        next: Some(Box::new(next)),
                        last: Loud::new(),
                    },
                )
            }
            fn inner(depth: u64) -> Inner {
                Inner {
                    id: id(),
                    any: vec(depth).into(),
                    middle: "x".repeat(random(2) as usize),
                    other: vec(depth).into_iter().collect(),
                    last: Loud::new(),
                }
            }
            fn map(depth: u64) -> BTreeMap<Loud, Any> {
                (0..random(3)).map(|_| (Loud::new(), any(depth))).collect()
            }
            pub fn any(depth: u64) -> Any {
                if depth == 0 {
                    return Any::Empty(Loud::new());
                }
                let d = depth - 1;
                match random(9) {
                    0 => Any::List(list(d), Loud::new()),
                    1 => Any::Tree { before: Loud::new(), tree: tree(depth + 1), any: opt(d).map(Box::new) },
                    2 => Any::First((0..random(3)).map(|_| first(d)).collect(), opt(d).map(Box::new)),
                    3 => Any::InPlace((0..long()).fold(InPlace { inner: inner(d), next: None }, |next, _| {
                        InPlace { inner: inner(d), next: Some(Box::new(next)) }
                    })),
                    4 => Any::Two(
                        Box::new(Two {
                            list: list(d),
                            any: [opt(d), opt(d)],
                            again: list(d),
                            middle: Loud::new(),
                            map: map(d),
                        }),
                        vec(d),
                    ),
                    5 => Any::Arrays(
                        Some(Box::new(Arrays {
                            any: [vec(d), vec(d)],
                            inner: [inner(d), inner(d)],
                            slice: vec(d).into(),
                            pinned: opt(d).map(Box::pin),
                        })),
                        id(),
                        vec(d),
                    ),
                    6 => Any::Map(
                        OnceCell::from(Box::new((0..long()).fold(
                            Map { map: map(d), next: None, last: Loud::new() },
                            |next, _| Map { map: map(d), next: Some(Box::new(next)), last: Loud::new() },
                        ))),
                        (0..random(3)).map(|_| opt(d).map(Box::new)).collect(),
                    ),
                    _ => (0..random(12)).fold(any(d), |next, _| Any::Deep(Some(Box::new(next)), Loud::new())),
                }
            }
        }
    };
}

types!(with, derived);
types!(without, plain);

fn log_of<T>(make: impl Fn(u64) -> T, seed: u64, panic: u32) -> (Vec<u32>, u32, bool) {
    SEED.set(seed);
    NEXT.set(0);
    let value = make(4);
    let made = NEXT.get();
    PANIC.set(panic);
    LOG.take();
    let panicked = catch_unwind(AssertUnwindSafe(|| drop(value))).is_err();
    PANIC.set(u32::MAX);
    (LOG.take(), made, panicked)
}

#[test]
fn the_order_is_the_same() {
    let count = std::env::var("COUNT").map_or(400, |count| count.parse().unwrap());
    let mut longest = 0;
    let mut differ = (0, 0);
    for at in 1..count {
        let seed = u64::wrapping_mul(at, 0x9E37_79B9_7F4A_7C15);
        let one = log_of(with::any, seed, u32::MAX);
        let other = log_of(without::any, seed, u32::MAX);
        longest = longest.max(one.1);
        assert_eq!(one, other, "seed {at}");
        assert_eq!(one.0.len(), one.1 as usize);
        for panic in [1, one.1 / 2, one.1] {
            let one = log_of(with::any, seed, panic);
            let other = log_of(without::any, seed, panic);
            if one.0.len() != other.0.len() {
                println!(
                    "seed {at} panic {panic}: {} made, {} with, {} without",
                    one.1,
                    one.0.len(),
                    other.0.len()
                );
            }
            if one != other {
                differ.0 += 1
            } else {
                differ.1 += 1
            }
            assert!(
                one == other || std::env::var_os("STRICT").is_none(),
                "seed {at} panic {panic}"
            );
        }
    }
    println!("{longest} {differ:?}");
}
