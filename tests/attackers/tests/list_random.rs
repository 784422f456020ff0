//! Each type here is a list, and again the same with an alias for its next node, which is none to the derive. Random values
//! of both have the same events, panics and reports.

#![forbid(unsafe_code)]

mod common;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;

use dispose_core::{Dispose, DropReport, Failures, Slot, set_drop_hook};

use common::Failed;

type Event = (&'static str, u32);

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(1) };
    /// One of so many fields holds something.
    static RARITY: Cell<u32> = const { Cell::new(1) };
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    static REPORTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The number of the event that panics.
    static PANIC: Cell<usize> = const { Cell::new(usize::MAX) };
    /// What releases have put into the queues of nodes, and which queue it is.
    static QUEUES: RefCell<Vec<(u32, u32)>> = const { RefCell::new(Vec::new()) };
    /// What closures have taken out of nodes.
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

fn random(below: u32) -> u32 {
    let mut seed = SEED.get();
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    SEED.set(seed);
    u32::try_from((seed >> 8) % u64::from(below)).unwrap()
}

fn maybe<T>(value: T) -> Option<T> {
    (random(RARITY.get()) == 0).then_some(value)
}

fn log(what: &'static str, value: u32) {
    let number = EVENTS.with_borrow_mut(|events| {
        events.push((what, value));
        events.len()
    });
    if number == PANIC.get() {
        resume_unwind(Box::new(what));
    }
}

fn report(report: &DropReport) {
    REPORTS.with_borrow_mut(|reports| reports.push(report.to_string()));
}

/// What a release puts into another slot of its node.
fn again(id: u32) -> Option<u32> {
    (id % 3 == 1).then_some(id + 5)
}

fn free(value: u32) {
    log("free", value);
}

fn free_pointer(pointer: *mut u8) {
    log("free", pointer.addr().try_into().unwrap());
}

/// May fail.
fn end(value: u32) -> Result<(), Failed> {
    log("end", value);
    if random(4) == 0 { Err(Failed) } else { Ok(()) }
}

/// May fail, and leaves something in a queue.
fn defer(value: u32) -> Result<(), Failed> {
    QUEUES.with_borrow_mut(|all| all.push((random(8), value)));
    end(value)
}

/// An ordinary field.
struct Ordinary(u32);

impl Drop for Ordinary {
    fn drop(&mut self) {
        log("drop", self.0);
    }
}

/// A part and slot by hand: a queue that any release may have filled.
struct Queue(u32);

impl Dispose for Queue {
    fn release_all(&mut self, failures: &mut Failures) {
        while let Some(value) = self.take() {
            failures.record("queue", end(value));
            if !failures.is_last_attempt() && random(4) == 0 {
                return self.put(value);
            }
        }
    }
    fn is_disposed(&self) -> bool {
        self.is_empty()
    }
}

impl Slot for Queue {
    type Value = u32;
    fn take(&mut self) -> Option<u32> {
        QUEUES.with_borrow_mut(|all| {
            let at = all.iter().position(|(queue, _)| *queue == self.0)?;
            Some(all.remove(at).1)
        })
    }
    fn put(&mut self, value: u32) {
        QUEUES.with_borrow_mut(|all| all.push((self.0, value)));
    }
    fn is_empty(&self) -> bool {
        QUEUES.with_borrow(|all| all.iter().all(|(queue, _)| *queue != self.0))
    }
}

#[derive(Dispose)]
#[dispose(on_drop = report)]
struct Part {
    #[unmanaged(release = end)]
    id: Option<u32>,
    _last: Ordinary,
}

trait Node: Dispose + Sized + 'static {
    /// Its values begin with `id`.
    fn random(id: u32, next: Option<Box<Self>>) -> Self;

    fn list(len: u32) -> Option<Box<Self>> {
        (0..len).fold(None, |next, at| Some(Box::new(Self::random(10 * (at + 1), next))))
    }
}

type Alias<T> = Option<Box<T>>;

macro_rules! types {
    ($of:ident, $plain:ty, $slots:ty, $parts:ty, $looks:ty) => {
        mod $of {
            use super::*;

            /// Has slots that only their owner fills.
            #[derive(Dispose)]
            #[dispose(on_drop = report)]
            pub(super) struct Plain {
                _first: Ordinary,
                _list: Option<Box<dyn Any>>,
                #[unmanaged(release = |id| { self.again = again(id); end(id + self.add) })]
                id: Option<u32>,
                // Had its turn when `id` has.
                #[unmanaged(release = free)]
                again: Option<u32>,
                #[unmanaged(release = free_pointer)]
                pointer: *mut u8,
                #[dispose]
                next: $plain,
                add: u32,
                _last: Ordinary,
            }

            impl Node for Plain {
                fn random(id: u32, next: Option<Box<Self>>) -> Self {
                    Self {
                        _first: Ordinary(id),
                        _list: (id < 1000 && random(8) == 0).then(|| {
                            let next = Some(Box::new(Self::random(1010, None)));
                            Box::new(Self::random(1020, next)) as Box<dyn Any>
                        }),
                        id: maybe(id + 1),
                        again: maybe(id + 4),
                        pointer: maybe(id as usize + 2)
                            .map_or(ptr::null_mut(), ptr::without_provenance_mut),
                        next,
                        add: id,
                        _last: Ordinary(id + 3),
                    }
                }
            }

            /// Has slots that others fill, too.
            #[derive(Dispose)]
            #[dispose(explicit, on_drop = report)]
            pub(super) struct Slots {
                _first: Ordinary,
                #[unmanaged(release = end, drop = free)]
                queue: Queue,
                #[unmanaged(release = defer, on_error = keep, drop = free)]
                id: Option<u32>,
                #[dispose]
                next: $slots,
                _last: Ordinary,
            }

            impl Node for Slots {
                fn random(id: u32, next: Option<Box<Self>>) -> Self {
                    Self {
                        _first: Ordinary(id),
                        queue: Queue(id / 10 % 32),
                        id: maybe(id + 1),
                        next,
                        _last: Ordinary(id + 2),
                    }
                }
            }

            /// Has parts, and the next node is not what is released first.
            #[derive(Dispose)]
            #[dispose(explicit, on_drop = report)]
            pub(super) struct Parts {
                #[dispose]
                queue: Option<Queue>,
                #[unmanaged(release = defer, invalid = 0)]
                id: u32,
                _first: Ordinary,
                #[dispose]
                next: $parts,
                #[unmanaged(each, release = defer)]
                all: Vec<u32>,
                #[dispose]
                part: Option<Part>,
            }

            impl Node for Parts {
                fn random(id: u32, next: Option<Box<Self>>) -> Self {
                    Self {
                        queue: maybe(Queue(id / 10 % 8)),
                        id: maybe(id + 1).unwrap_or(0),
                        _first: Ordinary(id + 2),
                        next,
                        all: maybe(id + 3).into_iter().chain(maybe(id + 4)).collect(),
                        part: maybe(id + 5)
                            .map(|id| Part { id: Some(id), _last: Ordinary(id + 1) }),
                    }
                }
            }

            /// Has closures that look at the node, and change the next ones.
            #[derive(Dispose)]
            #[dispose(on_drop = report)]
            pub(super) struct Looks {
                _first: Ordinary,
                #[dispose]
                queue: Option<Queue>,
                #[unmanaged(release = |id| self.look(id))]
                id: Option<u32>,
                #[unmanaged(each, release = |id| self.look(id), on_error = keep)]
                all: Vec<u32>,
                #[dispose]
                next: $looks,
                _last: Ordinary,
            }

            impl Node for Looks {
                fn random(id: u32, next: Option<Box<Self>>) -> Self {
                    Self {
                        _first: Ordinary(id),
                        queue: maybe(Queue(id / 10 % 8)),
                        id: maybe(id + 1),
                        all: maybe(id + 2).into_iter().collect(),
                        next,
                        _last: Ordinary(id + 3),
                    }
                }
            }

            impl Looks {
                fn look(&mut self, id: u32) -> Result<(), Failed> {
                    let below =
                        std::iter::successors(self.next.as_ref(), |node| node.next.as_ref());
                    log("nodes below", below.count().try_into().unwrap());
                    let fresh = |next| Some(Box::new(Self::random(id + 10_000, next)));
                    match (random(14), &mut self.next) {
                        (0, next) => drop(next.take()),
                        (1, next) => *next = fresh(next.take()),
                        (2, next) => *next = fresh(None),
                        (3, next) => KEPT.with_borrow_mut(|all| all.push(Box::new(next.take()))),
                        (4, Some(next)) => {
                            next.next = next.next.take().and_then(|mut node| node.next.take())
                        }
                        (5, Some(next)) => next.id = Some(id + 20_000),
                        (6, Some(next)) => {
                            let failed = next.dispose().map_err(|error| error.len());
                            log("failed", failed.err().unwrap_or(0).try_into().unwrap());
                        }
                        (7, _) => log("disposed", self.is_disposed().into()),
                        (8, _) => return defer(id),
                        _ => {}
                    }
                    end(id)
                }
            }
        }
    };
}

types!(list, Option<Box<Plain>>, Option<Box<Slots>>, Option<Box<Parts>>, Option<Box<Looks>>);
types!(alias, Alias<Plain>, Alias<Slots>, Alias<Parts>, Alias<Looks>);

#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<Event>,
    reports: Vec<String>,
    panicked: bool,
    queued: Vec<(u32, u32)>,
}

/// Makes a list, disposes of it some times, and drops it.
fn outcome<T: Node>(seed: u64, panic: usize) -> Outcome {
    SEED.set(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    RARITY.set(1 + random(9));
    let len = if random(10) == 0 { 60 + random(20) } else { 1 + random(9) };
    let list = T::list(len);
    PANIC.set(panic);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut list = list.unwrap();
        for _ in 0..random(3) {
            if let Err(error) = list.dispose() {
                REPORTS.with_borrow_mut(|reports| reports.push(error.to_string()));
            }
            log("disposed", list.is_disposed().into());
        }
    }))
    .is_err();
    PANIC.set(usize::MAX);
    while !KEPT.with_borrow(Vec::is_empty) {
        log("kept", KEPT.take().len().try_into().unwrap());
    }
    Outcome { events: EVENTS.take(), reports: REPORTS.take(), panicked, queued: QUEUES.take() }
}

fn compare<L: Node, A: Node>() {
    set_drop_hook(Some(report));
    for seed in 1..=3000 {
        let list = outcome::<L>(seed, usize::MAX);
        assert_eq!(list, outcome::<A>(seed, usize::MAX), "seed {seed}");
        let panic = 1 + random(list.events.len().try_into().unwrap()) as usize;
        let list = outcome::<L>(seed, panic);
        assert_eq!(list, outcome::<A>(seed, panic), "seed {seed}, panic at {panic}");
    }
}

#[test]
fn with_plain_slots() {
    compare::<list::Plain, alias::Plain>();
}

#[test]
fn with_slots_that_others_fill() {
    compare::<list::Slots, alias::Slots>();
}

#[test]
fn with_parts() {
    compare::<list::Parts, alias::Parts>();
}

#[test]
fn with_closures_that_change_the_next_node() {
    compare::<list::Looks, alias::Looks>();
}
