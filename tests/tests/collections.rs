//! Collections: those whose elements are the resources (`each`), and those of parts (`#[dispose]`).

#![allow(clippy::manual_is_multiple_of, reason = "not in the oldest compiler")]

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::sync::OnceLock;

use arrayvec::ArrayVec;
use dispose_core::{AsyncDispose, Close, Dispose, Each, Slot};
use dispose_tests::{Handle, block_on, log, logged, panic_of, paths, release, release_async};
use smallvec::SmallVec;

const NONE: Handle = Handle("none", dispose_tests::Fate::Panic);

// Fields whose elements stay where they are.

#[derive(Dispose)]
struct Places {
    #[unmanaged(each, release = release)]
    slots: [Option<Handle>; 3],
    #[unmanaged(each, release = release, invalid = [NONE, Handle::new("zero")])]
    sentinels: [Handle; 3],
    #[unmanaged(each, release = release)]
    cells: Box<[Cell<Option<Handle>>]>,
    #[unmanaged(each, release = release, invalid = NONE)]
    boxed: Box<[Handle]>,
}

fn places() -> Places {
    let [a, b, c] = [Handle::new("a"), Handle::failing("b"), Handle::new("c")];
    Places {
        slots: [Some(a), None, Some(c)],
        sentinels: [b, NONE, Handle::new("zero")],
        cells: Box::new([Cell::new(None), Cell::new(Some(a)), Cell::new(Some(b))]),
        boxed: Box::new([c, NONE, a]),
    }
}

#[test]
fn elements_that_stay_are_emptied_last_first() {
    let mut value = places();
    let error = value.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Places`: cells[2]: b refused; sentinels[0]: b refused"
    );
    assert_eq!(logged(), "a c b a b c a");
    assert!(value.is_disposed());
    assert_eq!(value.slots, [None, None, None]);
    assert_eq!(value.sentinels, [NONE, NONE, Handle::new("zero")]);
    assert_eq!(*value.boxed, [NONE; 3]);
    value.dispose().unwrap();
    drop(value);
    assert_eq!(logged(), "");
}

#[test]
fn a_value_is_not_disposed_while_one_element_is_held() {
    let mut value = places();
    value.dispose().unwrap_err();
    assert_eq!(logged(), "a c b a b c a");
    for at in 0..3 {
        value.slots[at] = Some(Handle::new("slot"));
        assert!(!value.is_disposed());
        value.slots[at] = None;
        value.boxed[at] = Handle::new("boxed");
        assert!(!value.is_disposed());
        value.boxed[at] = NONE;
    }
    assert!(value.is_disposed());
}

#[test]
fn elements_that_stay_and_are_refused_go_back_where_they_were() {
    #[derive(Dispose)]
    struct KeptPlaces {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(each, release = release, on_error = keep)]
        slots: [Option<Handle>; 4],
        #[unmanaged(each, release = release, invalid = NONE, on_error = keep)]
        sentinels: Box<[Handle]>,
    }

    let (a, b, c) = (Handle::new("a"), Handle::failing("b"), Handle::failing("c"));
    let mut value = KeptPlaces {
        parent: Some(Handle::new("parent")),
        slots: [Some(b), Some(a), None, Some(c)],
        sentinels: Box::new([c, NONE, a, b]),
    };
    let error = value.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `KeptPlaces`: sentinels[3]: b refused; sentinels[0]: c refused"
    );
    assert_eq!(logged(), "b a c");
    assert_eq!(*value.sentinels, [c, NONE, NONE, b]);
    value.sentinels = Box::new([]);
    value.dispose().unwrap_err();
    assert_eq!(logged(), "c a b");
    assert_eq!(value.slots, [Some(b), None, None, Some(c)]);
    value.close().unwrap_err();
    assert_eq!(logged(), "c b parent");
}

// Maps.

#[test]
fn maps_are_released_by_their_values() {
    #[derive(Dispose)]
    struct Maps {
        #[unmanaged(each, release = release)]
        ordered: BTreeMap<String, Handle>,
        #[unmanaged(each, release = release, invalid = NONE)]
        hashed: HashMap<&'static str, Handle>,
    }

    let mut value = Maps {
        ordered: ["x", "y", "z"].map(|name| (name.to_owned(), Handle::failing(name))).into(),
        hashed: [("one", Handle::failing("h")), ("none", NONE)].into(),
    };
    assert!(!value.is_disposed());
    let text = value.dispose().unwrap_err().to_string();
    assert!(text.starts_with("failed to dispose `Maps`: hashed["), "{text}");
    assert!(
        text.ends_with(
            "]: h refused; ordered[2]: z refused; ordered[1]: y refused; ordered[0]: x refused"
        ),
        "{text}"
    );
    assert_eq!(logged(), "h z y x");
    assert!(value.is_disposed() && value.ordered.is_empty() && value.hashed.is_empty());
}

#[test]
fn refused_values_go_back_under_their_keys() {
    #[derive(Dispose)]
    struct KeptMaps {
        #[unmanaged(each, release = release, on_error = keep)]
        ordered: BTreeMap<u32, Handle>,
        #[unmanaged(each, release = release, on_error = keep)]
        hashed: HashMap<u32, Handle>,
    }

    let handle =
        |key: u32| (key, if key % 3 == 0 { Handle::failing("f") } else { Handle::new("o") });
    let mut value = KeptMaps {
        ordered: (0..100).map(handle).collect(),
        hashed: (0..100).map(handle).collect(),
    };
    assert_eq!(value.dispose().unwrap_err().len(), 34, "the map after it stays as it is");
    assert_eq!(logged().len(), 199, "each is tried once");
    assert_eq!(value.hashed.len(), 34);
    assert!(value.hashed.iter().all(|(key, value)| handle(*key).1 == *value));
    value.hashed.clear();
    assert_eq!(value.dispose().unwrap_err().len(), 34);
    assert_eq!(logged().len(), 199);
    assert!(value.ordered.keys().copied().eq((0..100).step_by(3)));
    let error = value.dispose().unwrap_err();
    assert_eq!(paths(&error)[0], "ordered[33]");
    assert_eq!(paths(&error)[33], "ordered[0]");
    assert_eq!(logged(), ["f"; 34].join(" "));
    drop(value);
    assert_eq!(logged(), ["f"; 34].join(" "), "the last attempt");
}

#[test]
fn many_values_of_a_map_take_no_longer_each() {
    #[derive(Dispose)]
    struct Registry(#[unmanaged(each, release = drop)] HashMap<u32, Option<u32>>);
    let registry = Registry((0..100_000).map(|key| (key, Some(key))).collect());
    let start = std::time::Instant::now();
    drop(registry);
    // Asking for the first key each time takes a minute in this build, and longer in an emulator.
    let limit = if std::env::var_os("DISPOSE_TESTS_RUNNER").is_some() { 200 } else { 20 };
    assert!(start.elapsed().as_secs() < limit);
}

// Panics.

#[test]
fn a_panic_skips_no_element() {
    #[derive(Dispose)]
    struct Panicking {
        #[unmanaged(each, release = release)]
        array: [Option<Handle>; 3],
        #[unmanaged(each, release = release)]
        map: BTreeMap<u32, Handle>,
        #[unmanaged(each, release = release)]
        hashed: HashMap<u32, Handle>,
        #[unmanaged(each, release = release, on_error = keep)]
        kept: BTreeMap<u32, Handle>,
    }

    let three = [Handle::new("a"), Handle::panicking("b"), Handle::new("c")];
    let map = |handles: [Handle; 3]| (0..).zip(handles);
    let calm = [Handle::new("a"), Handle::new("b"), Handle::new("c")];
    for panicking in 0..4 {
        let of = |at| if at == panicking { three } else { calm };
        let value = Panicking {
            array: of(0).map(Some),
            map: map(of(1)).collect(),
            hashed: map(of(2)).collect(),
            kept: map(of(3)).collect(),
        };
        assert_eq!(panic_of(|| drop(value)).as_deref(), Some("b panicked"));
        let log = logged();
        let mut names: Vec<_> = log.split(' ').collect();
        names[3..6].sort_unstable();
        assert_eq!(names.join(" "), "c b a a b c c b a c b a", "{log}");
    }
}

#[test]
fn what_was_refused_before_a_panic_is_not_tried_again() {
    #[derive(Dispose)]
    struct Kept(#[unmanaged(each, release = release, on_error = keep)] BTreeMap<u32, Handle>);
    let handles = [Handle::failing("a"), Handle::panicking("b"), Handle::failing("c")];
    let mut value = Kept((0..).zip(handles).collect());
    assert_eq!(panic_of(|| value.dispose()).as_deref(), Some("b panicked"));
    assert_eq!(logged(), "c b a");
    assert!(value.0.keys().eq(&[0, 2]));
    drop(value);
    assert_eq!(logged(), "c a", "the last attempt");
}

// Collections of other crates.

struct Small(SmallVec<[Handle; 2]>);

impl Each for Small {
    type Value = Handle;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter()
    }
    fn take(&mut self, index: usize) -> Option<Handle> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }
    fn put(&mut self, index: usize, value: Handle) {
        self.0.insert(index, value);
    }
}

struct Array<T>(ArrayVec<T, 4>);

impl<T> Each for Array<T> {
    type Value = T;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
    fn take(&mut self, index: usize) -> Option<T> {
        self.0.pop_at(index)
    }
    fn put(&mut self, index: usize, value: T) {
        self.0.insert(index, value);
    }
}

/// Handles whose number is their index, as in a process's table of files.
#[derive(Default)]
struct Table(Vec<Option<Handle>>);

impl Each for Table {
    type Value = Handle;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter().flatten()
    }
    fn take(&mut self, index: usize) -> Option<Handle> {
        self.0.get_mut(index).and_then(Slot::take)
    }
    fn put(&mut self, index: usize, value: Handle) {
        self.0[index] = Some(value);
    }
}

#[test]
fn collections_of_other_crates_are_released_too() {
    #[derive(Close)]
    struct Closed(#[unmanaged(release = release, always)] Handle);

    #[derive(Dispose)]
    struct Foreign {
        #[unmanaged(each, release = release, on_error = keep)]
        small: Small,
        #[unmanaged(each, release = Close::close)]
        array: Array<Closed>,
        #[unmanaged(each, release = release, invalid = NONE)]
        table: Table,
    }

    let mut value = Foreign {
        small: Small(["a", "b", "c"].map(Handle::failing).into_iter().collect()),
        array: Array(["d", "e"].map(|name| Closed(Handle::failing(name))).into_iter().collect()),
        table: Table(vec![Some(Handle::new("f")), None, Some(Handle::new("g")), Some(NONE), None]),
    };
    value.small.0[1] = Handle::new("b");
    assert_eq!(
        value.dispose().unwrap_err().to_string(),
        "failed to dispose `Foreign`: array[1].0: e refused; array[0].0: d refused; \
         small[2]: c refused; small[0]: a refused"
    );
    assert_eq!(logged(), "g f e d c b a");
    assert_eq!(value.small.0.as_slice(), ["a", "c"].map(Handle::failing));
    assert!(value.array.0.is_empty() && value.table.0.iter().all(Option::is_none));
    assert!(!value.is_disposed());
    drop(value);
    assert_eq!(logged(), "c a");
}

#[test]
fn a_value_that_stays_when_it_is_taken_is_not_released() {
    /// Lends what it should give.
    struct Leaves(Vec<Handle>);

    impl Each for Leaves {
        type Value = Handle;
        fn len(&self) -> usize {
            self.0.len()
        }
        fn values(&self) -> impl Iterator<Item = &Handle> {
            self.0.iter()
        }
        fn take(&mut self, index: usize) -> Option<Handle> {
            self.0.get(index).copied()
        }
        fn put(&mut self, _: usize, _: Handle) {}
    }

    #[derive(Dispose)]
    struct Owner {
        #[unmanaged(each, release = release)]
        handles: Leaves,
    }
    let mut owner = Owner { handles: Leaves(vec![Handle::new("a")]) };
    owner.dispose().unwrap();
    assert!(!owner.is_disposed());
    assert_eq!(logged(), "");
}

// Parts.

#[test]
fn parts_in_collections_are_disposed_at_their_place() {
    #[derive(Dispose)]
    struct Part(#[unmanaged(release = release)] Option<Handle>);

    fn part(name: &'static str) -> Part {
        Part(Some(Handle::new(name)))
    }

    fn failing_part(name: &'static str) -> Part {
        Part(Some(Handle::failing(name)))
    }

    #[derive(Dispose)]
    #[expect(clippy::linkedlist, reason = "each collection of std")]
    struct Parts {
        #[dispose]
        deque: VecDeque<Part>,
        #[dispose]
        list: LinkedList<Part>,
        #[dispose]
        ordered: BTreeMap<u32, Part>,
        #[dispose]
        hashed: HashMap<u32, Part>,
        #[dispose]
        lazy: OnceCell<Part>,
        #[dispose]
        shared: OnceLock<Part>,
        #[dispose]
        not_made: OnceCell<Part>,
    }

    let mut value = Parts {
        deque: [part("d0"), failing_part("d1")].into(),
        list: [part("l0"), failing_part("l1")].into(),
        ordered: [(7, part("o0")), (9, failing_part("o1"))].into(),
        hashed: [(1, failing_part("h"))].into(),
        lazy: failing_part("lazy").into(),
        shared: failing_part("shared").into(),
        not_made: OnceCell::new(),
    };
    assert!(!value.is_disposed());
    assert_eq!(
        value.dispose().unwrap_err().to_string(),
        "failed to dispose `Parts`: shared.0: shared refused; lazy.0: lazy refused; \
         hashed[0].0: h refused; ordered[1].0: o1 refused; list[1].0: l1 refused; \
         deque[1].0: d1 refused"
    );
    assert_eq!(logged(), "shared lazy h o1 o0 l1 l0 d1 d0");
    assert!(value.is_disposed());
    assert_eq!(value.deque.len() + value.list.len() + value.ordered.len(), 6, "they stay");
}

#[test]
fn a_type_that_holds_its_own_kind_is_awaited() {
    #[derive(Dispose, AsyncDispose)]
    struct Node {
        #[unmanaged(release_async = release_async, release = release)]
        handle: Option<Handle>,
        #[dispose(async)]
        children: Vec<Node>,
        #[dispose(async)]
        named: HashMap<&'static str, Node>,
        #[dispose(async)]
        queued: VecDeque<Node>,
        #[dispose(async)]
        next: Option<Box<Node>>,
    }

    fn node(name: &'static str) -> Node {
        Node {
            handle: Some(Handle::new(name)),
            children: Vec::new(),
            named: HashMap::new(),
            queued: VecDeque::new(),
            next: None,
        }
    }

    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let mut root = node("root");
    root.children = vec![node("c0"), node("c1")];
    root.named.insert("n", node("n"));
    root.queued.push_back(node("q"));
    root.next = Some(Box::new(node("next")));
    root.children[1].children.push(node("grandchild"));
    block_on(assert_send(root.dispose_async())).unwrap();
    log("end");
    assert_eq!(
        logged(),
        "(next next (q q (n n (grandchild grandchild (c1 c1 (c0 c0 (root root end"
    );
}

#[test]
fn the_elements_of_collections_are_awaited() {
    #[derive(Dispose, AsyncDispose)]
    struct AwaitedEach {
        #[unmanaged(each, release_async = release_async, release = release)]
        slots: [Option<Handle>; 2],
        #[unmanaged(each, release_async = release_async, release = release)]
        map: HashMap<u32, Handle>,
        #[unmanaged(each, release_async = release_async, invalid = NONE)]
        only: Box<[Handle]>,
    }

    let value = || AwaitedEach {
        slots: [Some(Handle::new("a")), Some(Handle::new("b"))],
        map: [(1, Handle::new("m"))].into(),
        only: Box::new([Handle::new("o"), NONE]),
    };
    let mut awaited = value();
    block_on(awaited.dispose_async()).unwrap();
    assert_eq!(logged(), "(o o (m m (b b (a a");
    assert!(awaited.is_disposed());
    let closed = value().close().unwrap_err();
    assert_eq!(closed.len(), 1);
    assert_eq!(logged(), "m b a", "`only` has no other release");
}
