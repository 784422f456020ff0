//! What other code can do with a derived type through `release_all`, which is public: nothing that
//! leaves a child behind its parent.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, RwLock};

use dispose_core::{AsyncDispose, Dispose, Each, Failures};
use dispose_tests::{
    Handle, block_on, log, logged, panic_of, record_reports, release, release_async, reported,
};

#[derive(Dispose)]
struct Child {
    #[unmanaged(release = release, on_error = keep)]
    handle: Option<Handle>,
}

#[derive(Dispose)]
#[dispose(before = |_| log("before"))]
struct Owner {
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[dispose]
    child: Child,
}

fn owner(child: Handle) -> Owner {
    Owner { parent: Some(Handle::new("parent")), child: Child { handle: Some(child) } }
}

/// Counts some steps of its own, panics, and hands what it receives the second time to another.
struct Hands<'a, T: Dispose>(&'a mut T, bool);

impl<T: Dispose> Dispose for Hands<'_, T> {
    fn release_all(&mut self, failures: &mut Failures) {
        if !std::mem::replace(&mut self.1, true) {
            for _ in 0..5 {
                failures.nest("step", &mut Nothing);
            }
            panic!("handed on");
        }
        self.0.release_all(failures);
    }
    fn is_disposed(&self) -> bool {
        self.0.is_disposed()
    }
}

struct Nothing;

impl Dispose for Nothing {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

#[test]
fn steps_that_another_type_has_begun_skip_none() {
    record_reports();
    let mut value = owner(Handle::new("child"));
    assert_eq!(panic_of(|| Hands(&mut value, false).dispose()).unwrap(), "handed on");
    assert_eq!(logged(), "before child parent");

    let mut value = owner(Handle::failing("child"));
    assert_eq!(panic_of(|| Hands(&mut value, false).dispose()).unwrap(), "handed on");
    assert_eq!(logged(), "before child", "a child that stays keeps its parent");
    drop(value);
    assert_eq!(logged(), "before child parent");
    assert_eq!(
        reported(),
        [
            "Hands [failed to dispose `Hands`: child.handle: child refused]",
            "Owner [failed to dispose `Owner`: child.handle: child refused]"
        ]
    );
}

#[test]
fn nor_of_what_is_only_awaited_or_in_a_collection() {
    #[derive(Dispose, AsyncDispose)]
    struct Awaited {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release_async = release_async)]
        child: Option<Handle>,
    }
    #[derive(Dispose)]
    struct Pool {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        children: Vec<Handle>,
    }
    record_reports();
    let mut value =
        Awaited { parent: Some(Handle::new("parent")), child: Some(Handle::new("child")) };
    assert!(panic_of(|| Hands(&mut value, false).dispose()).is_some());
    assert_eq!(logged(), "", "a child that stays keeps its parent");
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(child child parent");

    let children = vec![Handle::new("a"), Handle::failing("b"), Handle::new("c")];
    let mut value = Pool { parent: Some(Handle::new("parent")), children };
    assert!(panic_of(|| Hands(&mut value, false).dispose()).is_some());
    assert_eq!(logged(), "c b a");
    value.children.clear();
    value.parent = None;
    assert_eq!(
        reported(),
        [
            "Hands [failed to dispose `Hands`: child: can only be released by `dispose_async`]",
            "Hands [failed to dispose `Hands`: children[1]: b refused]"
        ]
    );
}

/// A container hands on the pass after a panic as its own, so no step of the value in it repeats.
#[test]
fn in_a_container_every_step_runs_once() {
    #[derive(Dispose)]
    #[dispose(before = |_| log("before"))]
    struct Panics {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[unmanaged(release = release)]
        second: Option<Handle>,
    }
    #[derive(Dispose)]
    struct Holds<T: Dispose>(#[dispose] T);
    fn once<T: Dispose>(container: T) {
        assert_eq!(panic_of(|| Holds(container).dispose()).unwrap(), "second panicked");
        assert_eq!(logged(), "before second first");
    }
    let value =
        || Panics { first: Some(Handle::new("first")), second: Some(Handle::panicking("second")) };
    once(value());
    once(Some(value()));
    once(Box::new(value()));
    once(Box::new(value()) as Box<dyn Dispose>);
    once(Some(Box::new(Some(value()))));
    once(vec![value()]);
    once([value()]);
    once((value(),));
    once(RefCell::new(value()));
    once(Mutex::new(value()));
    once(RwLock::new(value()));
    once(Box::pin(value()));
}

/// A key whose `clone` panics once, and whose order may lie.
#[derive(Debug)]
struct Key(u8, &'static Cell<bool>, &'static Cell<bool>);

impl Clone for Key {
    fn clone(&self) -> Self {
        assert!(!self.1.replace(false), "clone");
        Self(self.0, self.1, self.2)
    }
}
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.2.get() { Ordering::Less } else { self.0.cmp(&other.0) }
    }
}
impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

#[test]
fn keys_that_panic_or_lie_keep_a_child_and_its_parent() {
    #[derive(Dispose)]
    struct Maps {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        ordered: BTreeMap<Key, Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        hashed: HashMap<Key, Handle>,
    }

    fn flag() -> &'static Cell<bool> {
        Box::leak(Box::new(Cell::new(false)))
    }
    record_reports();
    for hashed in [false, true] {
        for lies in [false, true] {
            let (panics, lying) = (flag(), flag());
            let entry = || (Key(1, panics, lying), Handle::new("child"));
            let mut value = Maps {
                parent: Some(Handle::new("parent")),
                ordered: (!hashed).then(entry).into_iter().collect(),
                hashed: hashed.then(entry).into_iter().collect(),
            };
            panics.set(!lies);
            lying.set(lies);
            let _ = panic_of(|| value.dispose());
            assert!(value.parent.is_some() || logged().starts_with("child"), "{hashed} {lies}");
            lying.set(false);
            value.dispose().unwrap();
            assert!(logged().ends_with("child parent") || value.is_disposed());
        }
    }
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn what_a_release_adds_to_its_own_collection_keeps_the_parent() {
    #[derive(Dispose)]
    struct Adds {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(
            release = |child: Handle| {
                if child.0 == "first" { self.children.push(Handle::new("added")) }
                release(child)
            },
            on_error = keep, each
        )]
        children: Vec<Handle>,
    }
    let mut value = Adds {
        parent: Some(Handle::new("parent")),
        children: vec![Handle::new("first"), Handle::new("second")],
    };
    value.dispose().unwrap();
    assert_eq!(logged(), "second first", "what was added may use the parent");
    assert!(value.ensure_live().is_ok());
    value.dispose().unwrap();
    assert_eq!(logged(), "added parent");
}

#[test]
fn a_release_that_shortens_its_own_collection_is_no_panic() {
    #[derive(Dispose)]
    struct Shortens {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(
            release = |child: Handle| {
                if child.0 == "second" { self.children = Box::new([Some(Handle::new("new"))]) }
                release(child)
            },
            each
        )]
        children: Box<[Option<Handle>]>,
    }
    #[derive(Dispose)]
    struct Kept {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(
            release = |child: Handle| {
                if child.0 == "second" { self.children = Box::new([Some(Handle::new("new"))]) }
                release(child)
            },
            on_error = keep, each
        )]
        children: Box<[Option<Handle>]>,
    }
    let parent = || Some(Handle::new("parent"));
    let children = || ["lost", "lost too", "second", "first"].map(Handle::new).map(Some).into();
    drop(Shortens { parent: parent(), children: children() });
    assert_eq!(logged(), "first second new parent");
    drop(Kept { parent: parent(), children: children() });
    assert_eq!(logged(), "first second new parent");
    Kept { parent: parent(), children: children() }.dispose().unwrap();
    assert_eq!(logged(), "first second new parent");
}

/// What is left stops the part without a failure, and so its owner too, at any depth of a chain.
#[test]
fn what_a_release_adds_keeps_the_parents_of_its_owner_too() {
    #[derive(Dispose)]
    struct Pool {
        #[unmanaged(release = release, on_error = keep)]
        own: Option<Handle>,
        #[unmanaged(release = |child: Handle| {
            if child.0 == "a" {
                self.children.push(Handle::new("added"));
            }
            release(child)
        }, on_error = keep, each)]
        children: Vec<Handle>,
        #[dispose]
        below: Option<Box<Pool>>,
    }
    #[derive(Dispose)]
    struct Owner {
        #[unmanaged(release = release)]
        connection: Option<Handle>,
        #[dispose]
        pool: Pool,
    }
    for depth in [0, 1, 62, 63, 64, 65, 200] {
        let innermost = Pool {
            own: Some(Handle::new("own")),
            children: vec![Handle::new("a"), Handle::new("b")],
            below: None,
        };
        let pool = (0..depth).fold(innermost, |below, _| Pool {
            own: Some(Handle::new("above")),
            children: Vec::new(),
            below: Some(Box::new(below)),
        });
        let mut owner = Owner { connection: Some(Handle::new("connection")), pool };
        owner.dispose().unwrap();
        assert_eq!(logged(), "b a", "of a chain of {depth}");
        owner.dispose().unwrap();
        let above = " above".repeat(depth);
        assert_eq!(logged(), format!("added own{above} connection"), "of a chain of {depth}");
    }
}

#[test]
fn a_collection_that_panics_keeps_what_is_left_in_it() {
    #[derive(Default)]
    struct Table<T>(Vec<T>, Cell<bool>);
    impl<T> Each for Table<T> {
        type Value = T;
        fn len(&self) -> usize {
            self.0.len()
        }
        fn values(&self) -> impl Iterator<Item = &T> {
            self.0.iter()
        }
        fn take(&mut self, index: usize) -> Option<T> {
            assert!(!self.1.replace(false), "take");
            (index < self.0.len()).then(|| self.0.remove(index))
        }
        fn put(&mut self, index: usize, value: T) {
            self.0.insert(index, value);
        }
    }
    #[derive(Dispose)]
    struct Pool {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        children: Table<Handle>,
    }
    record_reports();
    let children = Table(vec![Handle::new("a"), Handle::new("b")], Cell::new(true));
    let mut value = Pool { parent: Some(Handle::new("parent")), children };
    assert_eq!(panic_of(|| value.dispose()).unwrap(), "take");
    assert_eq!(logged(), "a", "and what is left keeps the parent");
    value.dispose().unwrap();
    assert_eq!(logged(), "b parent");
}

/// By hand, an owner that hands its list on instead of nesting.
#[test]
fn a_list_that_is_handed_on_leaves_out_no_part() {
    struct ByHand(Option<Handle>, Vec<Child>);
    impl Dispose for ByHand {
        fn release_all(&mut self, failures: &mut Failures) {
            self.1.release_all(failures);
            if let Some(parent) = self.0.take() {
                failures.record("parent", release(parent));
            }
        }
        fn is_disposed(&self) -> bool {
            self.0.is_none() && self.1.is_disposed()
        }
    }
    record_reports();
    let children = vec![Child { handle: Some(Handle::new("child")) }];
    let mut value = ByHand(Some(Handle::new("parent")), children);
    assert!(panic_of(|| Hands(&mut value, false).dispose()).is_some());
    assert_eq!(logged(), "child parent");
}
