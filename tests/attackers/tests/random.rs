//! Random values of several node types, with refusals, panics and refills, against a model: each resource is
//! released once, and while what it uses is there.

#![forbid(unsafe_code)]
#![allow(clippy::pedantic, dead_code, reason = "a model")]
#![allow(clippy::linkedlist, reason = "one of the containers")]

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Mutex;

use dispose_core::{Close, Dispose};

#[derive(Default)]
struct World {
    /// Of each resource: what it uses, whether it is live, whether it was refused.
    resources: Vec<(Vec<u32>, bool, bool)>,
    seed: u64,
    panic_in: Option<u32>,
    refuse: u64,
    refill: u64,
    faults: Vec<String>,
    ordinary: i64,
    trace: Vec<String>,
}

thread_local!(static WORLD: RefCell<World> = RefCell::default());

fn random(below: u64) -> u64 {
    WORLD.with_borrow_mut(|world| {
        world.seed ^= world.seed << 13;
        world.seed ^= world.seed >> 7;
        world.seed ^= world.seed << 17;
        world.seed % below
    })
}

fn resource(uses: &[u32]) -> Option<u32> {
    if random(8) == 0 {
        return None;
    }
    WORLD.with_borrow_mut(|world| {
        world.resources.push((uses.to_vec(), true, false));
        Some(world.resources.len() as u32 - 1)
    })
}

fn fault(text: String) {
    WORLD.with_borrow_mut(|world| world.faults.push(text));
}

fn free(id: u32) {
    let panics = WORLD.with_borrow_mut(|world| {
        world.trace.push(format!("{id}"));
        if !world.resources[id as usize].1 {
            world.faults.push(format!("{id} released twice"));
        }
        world.resources[id as usize].1 = false;
        for used in world.resources[id as usize].0.clone() {
            if !world.resources[used as usize].1 {
                world.faults.push(format!("{id} uses {used}, which is gone"));
            }
        }
        match &mut world.panic_in {
            Some(0) => {
                world.panic_in = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    });
    if panics {
        WORLD.with_borrow_mut(|world| world.trace.push("PANIC".into()));
        std::panic::resume_unwind(Box::new("release"));
    }
}

fn chance(of: impl Fn(&World) -> u64) -> bool {
    let one_in = WORLD.with_borrow(|world| of(world));
    one_in > 0 && random(one_in) == 0
}

fn may_refuse(id: u32) -> Result<(), std::io::Error> {
    if chance(|world| world.refuse) {
        WORLD.with_borrow_mut(|world| {
            world.trace.push(format!("{id}!"));
            world.resources[id as usize].2 = true;
        });
        return Err(std::io::ErrorKind::ResourceBusy.into());
    }
    free(id);
    Ok(())
}

/// Fails, and is released all the same.
fn may_fail(id: u32) -> Result<(), std::io::Error> {
    free(id);
    if chance(|world| world.refuse) { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

struct Ordinary(#[allow(dead_code)] Box<u8>);
impl Ordinary {
    fn new() -> Self {
        WORLD.with_borrow_mut(|world| world.ordinary += 1);
        Self(Box::new(1))
    }
}
impl Drop for Ordinary {
    fn drop(&mut self) {
        WORLD.with_borrow_mut(|world| world.ordinary -= 1);
    }
}

fn here<T>(had: bool, part: &Option<T>, what: &str) {
    if had && part.is_none() {
        fault(format!("{what} is gone before its owner's release"));
    }
}

fn refill(part: &mut Option<Any>) {
    if part.is_some() && chance(|world| world.refill) {
        *part = Some(any(2, &[]));
    }
}

/// A list whose releases look at it.
#[derive(Dispose)]
struct Seen {
    #[unmanaged(release = |id: u32| { here(self.had.0, &self.side, "side"); here(self.had.1, &self.next, "next"); let outcome = may_fail(id); refill(&mut self.side); outcome })]
    low: Option<u32>,
    #[dispose]
    side: Option<Any>,
    #[unmanaged(release = |id: u32| { here(self.had.0, &self.side, "side"); here(self.had.1, &self.next, "next"); may_refuse(id) }, drop = free, on_error = keep)]
    mid: Option<u32>,
    had: (bool, bool),
    #[dispose]
    next: Option<Box<Seen>>,
    _last: Ordinary,
}

/// A list that nothing looks at.
#[derive(Dispose)]
struct Unseen {
    #[unmanaged(release = free)]
    low: Option<u32>,
    #[dispose]
    side: Option<Any>,
    #[unmanaged(release = may_refuse, drop = free, on_error = keep)]
    mid: Option<u32>,
    #[unmanaged(release = may_fail)]
    high: Option<u32>,
    #[dispose]
    next: Option<Box<Unseen>>,
    _last: Ordinary,
}

/// With an ordinary field before its part.
#[derive(Dispose)]
struct Before {
    #[unmanaged(release = may_fail)]
    low: Option<u32>,
    _first: Option<Ordinary>,
    #[dispose]
    next: Option<Box<Before>>,
}

#[derive(Dispose)]
struct Many {
    #[unmanaged(release = free)]
    low: Option<u32>,
    #[dispose]
    vec: Vec<Any>,
    #[dispose]
    cell: OnceCell<Any>,
    #[dispose]
    deque: VecDeque<Any>,
    #[unmanaged(release = may_fail)]
    mid: Option<u32>,
    #[dispose]
    list: LinkedList<Option<Any>>,
    #[dispose]
    tree: BTreeMap<u8, Any>,
    #[dispose]
    map: HashMap<u8, Box<Any>>,
    #[dispose]
    array: [Option<Any>; 2],
    #[dispose]
    slice: Box<[Any]>,
    #[dispose]
    tuple: (Option<Any>, Vec<Any>),
    #[dispose]
    borrowed: RefCell<Option<Any>>,
    #[dispose]
    locked: Mutex<Option<Any>>,
    #[dispose]
    pinned: Option<Pin<Box<Any>>>,
    #[dispose]
    any: Option<Box<dyn Dispose>>,
    #[dispose]
    in_cell: Cell<Option<Any>>,
    #[unmanaged(release = free, each)]
    each: Vec<u32>,
    _last: Ordinary,
}

#[derive(Dispose)]
enum Any {
    Leaf(#[unmanaged(release = may_refuse, drop = free, on_error = keep)] Option<u32>),
    Seen(#[unmanaged(release = free)] Option<u32>, #[dispose] Option<Box<Seen>>),
    Unseen(#[dispose] Option<Box<Unseen>>),
    Before(#[dispose] Box<Before>, #[unmanaged(release = |id: u32| may_fail(id))] Option<u32>),
    Many(#[dispose] Option<Box<Many>>),
    Own(
        #[dispose] Option<Box<Any>>,
        #[unmanaged(release = may_fail)] Option<u32>,
        Ordinary,
        #[dispose] Option<Box<Any>>,
    ),
}

fn with(uses: &[u32], more: &[Option<u32>]) -> Vec<u32> {
    // The last few are enough.
    let mut uses = uses.to_vec();
    uses.extend(more.iter().flatten());
    let start = uses.len().saturating_sub(6);
    uses.split_off(start)
}

fn len() -> u64 {
    match random(12) {
        0 => 60 + random(40),
        1 | 2 => random(20),
        _ => random(4),
    }
}

fn maybe(depth: u32, uses: &[u32]) -> Option<Any> {
    (depth > 0 && random(3) == 0).then(|| any(depth - 1, uses))
}

fn some(depth: u32, uses: &[u32]) -> Vec<Any> {
    if depth == 0 || random(3) != 0 {
        return vec![];
    }
    (0..random(4)).map(|_| any(depth - 1, uses)).collect()
}

fn one_of_those_made_since(start: usize) -> Option<u32> {
    let end = WORLD.with_borrow(|world| world.resources.len());
    (end > start).then(|| start as u32 + random((end - start) as u64) as u32)
}

fn count() -> usize {
    WORLD.with_borrow(|world| world.resources.len())
}

fn side(depth: u32, uses: &[u32]) -> Option<Any> {
    if random(4) == 0 { maybe(depth, uses) } else { None }
}

fn seen(left: u64, depth: u32, uses: &[u32]) -> Option<Box<Seen>> {
    let left = left.checked_sub(1)?;
    let low = resource(uses);
    let start = count();
    let side = side(depth, &with(uses, &[low]));
    let mid = resource(&with(uses, &[low, one_of_those_made_since(start)]));
    let next = seen(left, depth, &with(uses, &[low, mid]));
    Some(Box::new(Seen {
        low,
        mid,
        had: (side.is_some(), next.is_some()),
        side,
        next,
        _last: Ordinary::new(),
    }))
}

fn unseen(left: u64, depth: u32, uses: &[u32]) -> Option<Box<Unseen>> {
    let left = left.checked_sub(1)?;
    let low = resource(uses);
    let start = count();
    let side = side(depth, &with(uses, &[low]));
    let mid = resource(&with(uses, &[low, one_of_those_made_since(start)]));
    let high = resource(&with(uses, &[low, mid]));
    let next = unseen(left, depth, &with(uses, &[low, mid, high]));
    Some(Box::new(Unseen { low, side, mid, high, next, _last: Ordinary::new() }))
}

fn before(left: u64, uses: &[u32]) -> Before {
    let low = resource(uses);
    let next = left.checked_sub(1).map(|left| Box::new(before(left, &with(uses, &[low]))));
    Before { low, _first: (random(2) == 0).then(Ordinary::new), next }
}

fn any(depth: u32, uses: &[u32]) -> Any {
    match random(if depth == 0 { 4 } else { 7 }) {
        0 => Any::Leaf(resource(uses)),
        1 => {
            let own = resource(uses);
            Any::Seen(own, seen(len(), depth, &with(uses, &[own])))
        }
        2 => Any::Unseen(unseen(len(), depth, uses)),
        3 => {
            let start = count();
            let before = before(len(), uses);
            Any::Before(Box::new(before), resource(&with(uses, &[one_of_those_made_since(start)])))
        }
        4 | 5 => {
            let low = resource(uses);
            let start = count();
            let uses = with(uses, &[low]);
            let vec = some(depth, &uses);
            let cell = maybe(depth, &uses).map(OnceCell::from).unwrap_or_default();
            let deque = some(depth, &uses).into();
            let mid = resource(&with(&uses, &[one_of_those_made_since(start)]));
            let uses = with(&uses, &[mid]);
            Any::Many(Some(Box::new(Many {
                low,
                vec,
                cell,
                deque,
                mid,
                list: some(depth, &uses).into_iter().map(Some).collect(),
                tree: some(depth, &uses)
                    .into_iter()
                    .enumerate()
                    .map(|(at, any)| (at as u8, any))
                    .collect(),
                map: some(depth, &uses)
                    .into_iter()
                    .enumerate()
                    .map(|(at, any)| (at as u8, Box::new(any)))
                    .collect(),
                array: [maybe(depth, &uses), maybe(depth, &uses)],
                slice: some(depth, &uses).into(),
                tuple: (maybe(depth, &uses), some(depth, &uses)),
                borrowed: maybe(depth, &uses).into(),
                locked: maybe(depth, &uses).into(),
                pinned: maybe(depth, &uses).map(Box::pin),
                any: maybe(depth, &uses).map(|any| Box::new(any) as _),
                in_cell: maybe(depth, &uses).into(),
                each: (0..random(4)).filter_map(|_| resource(&uses)).collect(),
                _last: Ordinary::new(),
            })))
        }
        _ => {
            let start = count();
            let first = maybe(depth, uses).map(Box::new);
            let own = resource(&with(uses, &[one_of_those_made_since(start)]));
            Any::Own(first, own, Ordinary::new(), maybe(depth, &with(uses, &[own])).map(Box::new))
        }
    }
}

fn one(seed: u64) -> Result<usize, String> {
    WORLD.replace(World { seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, ..World::default() });
    for _ in 0..3 {
        random(2);
    }
    let mode = random(4);
    let depth = 1 + random(3) as u32;
    let mut value = any(depth, &[]);
    let made = count();
    let panics = random(3) == 0;
    WORLD.with_borrow_mut(|world| {
        world.refuse = [0, 0, 4, 40][mode as usize];
    });
    if random(3) == 0 {
        WORLD.with_borrow_mut(|world| world.refill = 6);
    }
    if panics && made > 0 {
        let at = random(made as u64) as u32;
        WORLD.with_borrow_mut(|world| world.panic_in = Some(at));
    }
    for _ in 0..random(4) {
        let before = value.is_disposed();
        WORLD.with_borrow_mut(|world| world.trace.push("DISPOSE".into()));
        let result = catch_unwind(AssertUnwindSafe(|| value.dispose().is_ok()));
        if before && !matches!(result, Ok(true)) {
            fault("disposed, and not ok".into());
        }
        if matches!(result, Ok(true))
            && !value.is_disposed()
            && WORLD.with_borrow(|world| world.refill == 0)
        {
            fault("ok, and not disposed".into());
        }
        let live = WORLD.with_borrow(|world| world.resources.iter().any(|resource| resource.1));
        if live == value.is_disposed() && WORLD.with_borrow(|world| world.refuse == 0) {
            fault(format!("live: {live}, disposed: {}", value.is_disposed()));
        }
    }
    let end = random(3);
    WORLD.with_borrow_mut(|world| {
        world.trace.push(format!("END {end} refill {} refuse {}", world.refill, world.refuse))
    });
    let _ = catch_unwind(AssertUnwindSafe(|| match end {
        0 => drop(value),
        1 => drop(value.close()),
        _ => drop(vec![Some(value)]),
    }));
    WORLD.with_borrow_mut(|world| {
        let left: Vec<_> = (0..)
            .zip(&world.resources)
            .filter(|(_, (_, live, _))| *live)
            .map(|(id, _): (u32, _)| id)
            .collect();
        if !left.is_empty() {
            world.faults.push(format!("left: {left:?}"));
        }
        if world.ordinary != 0 {
            world.faults.push(format!("ordinary: {}", world.ordinary));
        }
        if std::env::var_os("TRACE").is_some() {
            println!("{} made {made} {}", world.resources.len(), world.trace.join(" "));
        }
        if world.faults.is_empty() {
            Ok(world.resources.len())
        } else {
            Err(format!("{:?}", world.faults))
        }
    })
}

#[test]
fn random_values() {
    dispose_core::set_drop_hook(Some(|_| {}));
    let number = |name, default| {
        std::env::var(name).ok().map_or(default, |text: String| text.parse().unwrap())
    };
    let (from, runs) = (number("FROM", 1), number("RUNS", 2000));
    let (mut failed, mut resources) = (0, 0);
    for seed in from..from + runs {
        match one(seed) {
            Ok(made) => resources += made,
            Err(faults) => {
                failed += 1;
                if failed < 6 {
                    println!("seed {seed}: {}", &faults[..faults.len().min(400)]);
                }
            }
        }
    }
    println!("{resources} resources");
    assert_eq!(failed, 0);
}
