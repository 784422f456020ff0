//! `clone = F`: a second owner, by the library's own reference count.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use dispose_core::{Close, Dispose, SafeHandle, Slot, TryClose, status};
use dispose_tests::{Refused, log, logged, panic_of};

thread_local! {
    /// How many owners each object has.
    static COUNTS: RefCell<HashMap<u32, i32>> = RefCell::default();
    static REFUSES: Cell<bool> = const { Cell::new(false) };
}

fn make(id: u32) -> u32 {
    COUNTS.with_borrow_mut(|counts| assert!(counts.insert(id, 1).is_none()));
    id
}

fn count(id: u32) -> i32 {
    COUNTS.with_borrow(|counts| counts[&id])
}

fn retain(id: u32) {
    log(format!("+{id}"));
    COUNTS.with_borrow_mut(|counts| *counts.get_mut(&id).unwrap() += 1);
}

fn retain_or_refuse(id: u32) -> i32 {
    if REFUSES.get() {
        return 0;
    }
    retain(id);
    1
}

/// A new handle of the same object.
fn duplicate(id: u32) -> u32 {
    if REFUSES.get() { 0 } else { make(id + 100) }
}

fn release(id: u32) {
    log(format!("-{id}"));
    COUNTS.with_borrow_mut(|counts| {
        let count = counts.get_mut(&id).unwrap();
        *count -= 1;
        assert!(*count >= 0, "{id} was released too often");
    });
}

/// A clone that logs, and may panic.
struct Logged(&'static str);

impl Clone for Logged {
    fn clone(&self) -> Self {
        log(format!("clone {}", self.0));
        assert!(!self.0.ends_with('!'), "{} panicked", self.0);
        Self(self.0)
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        log(format!("~{}", self.0));
    }
}

#[derive(Dispose)]
struct Owner {
    first: Logged,
    #[unmanaged(release = release, clone = retain)]
    id: Option<u32>,
    last: Logged,
}

fn owner(id: u32, last: &'static str) -> Owner {
    Owner { first: Logged("1"), id: Some(make(id)), last: Logged(last) }
}

#[test]
fn nothing_returned_is_the_same_handle_and_comes_last() {
    let mut one = owner(1, "2");
    let two = one.clone();
    assert_eq!(logged(), "clone 1 clone 2 +1");
    assert_eq!((count(1), two.id), (2, Some(1)));
    one.dispose().unwrap();
    assert_eq!(count(1), 1);
    let three = one.clone();
    assert!(three.is_disposed(), "an empty one is not retained");
    assert_eq!(count(1), 1);
    drop((one, three));
    assert_eq!(count(1), 1);
    two.close().unwrap();
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "-1 clone 1 clone 2 ~1 ~2 ~1 ~2 -1 ~1 ~2");
}

#[test]
fn a_panic_in_another_fields_clone_comes_before() {
    let one = owner(1, "2!");
    assert_eq!(panic_of(|| one.clone()).unwrap(), "2! panicked");
    assert_eq!(logged(), "clone 1 clone 2! ~1");
    assert_eq!(count(1), 1);
    drop(one);
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "-1 ~1 ~2!");
}

#[derive(Close, SafeHandle)]
struct Handle {
    #[unmanaged(release = release, always, clone = |id| status::one(retain_or_refuse(id)))]
    id: u32,
}

#[test]
fn a_retain_that_fails_panics_before_there_is_a_second_owner() {
    let one = Handle { id: make(1) };
    let two = one.clone();
    assert_eq!((two.as_raw(), count(1)), (Ok(1), 2));
    REFUSES.set(true);
    assert_eq!(panic_of(|| one.clone()).unwrap(), "failed to clone `Handle`: id: status 0");
    assert_eq!(count(1), 2);
    drop((one, two));
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "+1 -1 -1");
}

#[test]
fn a_returned_handle_is_the_second_owners() {
    #[derive(Dispose)]
    struct Given {
        #[unmanaged(release = release, invalid = [0, 9], clone = duplicate)]
        id: u32,
    }

    let one = Given { id: make(1) };
    let two = one.clone();
    assert_eq!((one.id, two.id), (1, 101));
    assert_eq!(Given { id: 9 }.clone().id, 9, "an empty one is not duplicated");
    REFUSES.set(true);
    assert_eq!(
        panic_of(|| one.clone()).unwrap(),
        "failed to clone `Given`: id: an empty value was returned"
    );
    drop((one, two));
    assert_eq!((count(1), count(101)), (0, 0));
    assert_eq!(logged(), "-1 -101");
}

#[test]
fn a_returned_handle_may_come_with_an_error() {
    fn duplicate_or_fail(id: u32) -> Result<u32, Refused> {
        if REFUSES.get() { Err(Refused("d")) } else { Ok(duplicate(id)) }
    }

    #[derive(Close)]
    struct GivenOrError {
        #[unmanaged(release = release, clone = duplicate_or_fail)]
        id: Option<u32>,
    }

    let one = GivenOrError { id: Some(make(1)) };
    assert_eq!(one.clone().id, Some(101));
    assert_eq!(count(101), 0);
    assert!(GivenOrError { id: None }.clone().id.is_none());
    REFUSES.set(true);
    assert_eq!(panic_of(|| one.clone()).unwrap(), "failed to clone `GivenOrError`: id: d refused");
    drop(one);
    assert_eq!(logged(), "-101 -1");
}

#[test]
fn a_new_handle_may_come_through_a_pointer() {
    /// As `git_object_dup` and its kind.
    fn duplicate_into(new: &mut u32, id: u32) -> i32 {
        if REFUSES.get() {
            return -3;
        }
        *new = duplicate(id);
        0
    }

    #[derive(Close)]
    struct GivenThroughAPointer {
        #[unmanaged(release = release, invalid = 0, clone = |id| {
            let mut new = 0;
            status::zero(duplicate_into(&mut new, id)).map(|()| new)
        })]
        id: u32,
    }

    let one = GivenThroughAPointer { id: make(1) };
    assert_eq!(one.clone().id, 101);
    assert_eq!((count(1), count(101)), (1, 0));
    REFUSES.set(true);
    assert_eq!(
        panic_of(|| one.clone()).unwrap(),
        "failed to clone `GivenThroughAPointer`: id: status -3"
    );
    drop(one);
    assert_eq!(logged(), "-101 -1");
}

#[test]
fn a_slot_is_any_that_can_be_cloned() {
    /// Slots that can be cloned.
    #[derive(Dispose)]
    struct Cells<S: Slot<Value = u32> + Clone> {
        #[unmanaged(release = release, clone = retain)]
        slot: S,
    }

    fn cell<S: Slot<Value = u32> + Clone>(slot: S) {
        let one = Cells { slot };
        let two = one.clone();
        assert_eq!(count(1), 2);
        drop(one);
        assert!(!two.slot.is_empty());
        drop(two);
        assert_eq!(count(1), 0);
        COUNTS.take();
    }

    cell(Cell::new(Some(make(1))));
    cell(RefCell::new(Some(make(1))));
    cell(OnceCell::from(make(1)));
    cell(OnceLock::from(make(1)));
    cell(Some(make(1)));
    assert_eq!(logged(), "+1 -1 -1 +1 -1 -1 +1 -1 -1 +1 -1 -1 +1 -1 -1");
}

#[test]
fn a_flag_counts_what_has_no_handle() {
    /// A part of what SDL and others count.
    #[derive(Close)]
    struct Initialized {
        #[unmanaged(release = |_| release(1), invalid = false, clone = |_| retain(1))]
        armed: bool,
    }

    make(1);
    let one = Initialized { armed: true };
    let two = one.clone();
    assert_eq!((two.armed, count(1)), (true, 2));
    assert!(!Initialized { armed: false }.clone().armed);
    drop((one, two));
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "+1 -1 -1");
}

struct Object(Cell<u32>);

unsafe fn add_ref(object: *mut Object) -> *mut Object {
    // SAFETY: the caller promises that it is alive.
    let count = unsafe { &(*object).0 };
    count.set(count.get() + 1);
    object
}

unsafe fn add_ref_and_count(object: NonNull<Object>) -> u32 {
    // SAFETY: as above.
    let count = unsafe { &object.as_ref().0 };
    count.set(count.get() + 1);
    count.get()
}

unsafe fn unref(object: *mut Object) {
    // SAFETY: as above.
    let count = unsafe { &(*object).0 };
    count.set(count.get() - 1);
    if count.get() == 0 {
        log("freed");
        // SAFETY: made of a box, and nothing else has it any more.
        drop(unsafe { Box::from_raw(object) });
    }
}

fn object() -> *mut Object {
    Box::into_raw(Box::new(Object(Cell::new(1))))
}

#[test]
fn pointers_are_counted_by_their_library() {
    #[derive(Close)]
    struct GObject {
        // SAFETY: it holds a reference of its own.
        #[unmanaged(unsafe(release = unref), unsafe(clone = add_ref))]
        object: *mut Object,
    }

    #[derive(Close)]
    struct Com<T> {
        // SAFETY: it holds a reference of its own.
        #[unmanaged(
            unsafe(release = |object| unref(object.as_ptr())),
            unsafe(clone = |object| status::ignore(add_ref_and_count(object))),
            always
        )]
        object: NonNull<Object>,
        interface: PhantomData<T>,
        shared: Arc<Vec<String>>,
    }

    struct NotClone;

    let one = GObject { object: object() };
    let two = one.clone();
    assert_eq!(one.object, two.object);
    drop(one);
    assert_eq!(logged(), "");
    drop(two.clone());
    two.close().unwrap();
    assert_eq!(logged(), "freed");
    assert!(GObject { object: std::ptr::null_mut() }.clone().object.is_null());

    let one = Com::<NotClone> {
        object: NonNull::new(object()).unwrap(),
        interface: PhantomData,
        shared: Arc::default(),
    };
    let two = one.clone();
    assert_eq!(Arc::strong_count(&two.shared), 2);
    drop((one, two));
    assert_eq!(logged(), "freed");
}

#[test]
fn generic_types_ask_for_what_they_clone() {
    trait Backend {
        type Raw: Copy;
        type Name: Clone;
        fn retain(raw: Self::Raw);
        fn release(raw: Self::Raw);
    }

    struct Ids;

    impl Backend for Ids {
        type Raw = u32;
        type Name = &'static str;
        fn retain(raw: u32) {
            retain(raw);
        }
        fn release(raw: u32) {
            release(raw);
        }
    }

    /// Bounds as of `derive(Clone)`, but not for what is not cloned.
    #[derive(Dispose)]
    struct Generic<B: Backend, T, const N: usize>
    where
        T: PartialEq,
    {
        #[unmanaged(release = B::release, clone = B::retain)]
        raw: Option<B::Raw>,
        name: B::Name,
        values: [Option<T>; N],
        extra: (Vec<T>, PhantomData<B>),
        #[dispose(skip)]
        borrowed: *const B,
    }

    let one = Generic::<Ids, String, 2> {
        raw: Some(make(1)),
        name: "n",
        values: [None, Some("v".into())],
        extra: (vec![], PhantomData),
        borrowed: std::ptr::null(),
    };
    let two = one.clone();
    assert_eq!((count(1), two.name, &two.values), (2, "n", &one.values));
    assert_eq!((two.extra.0.len(), two.borrowed.is_null()), (0, true));
    drop((one, two));
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "+1 -1 -1");
}

#[test]
fn parts_are_cloned_before_and_a_closure_reads_the_owner() {
    /// A parent's part, `Clone` by its own say, and the owner itself in the closure.
    #[derive(Dispose)]
    struct Child {
        #[dispose]
        parent: Owner,
        #[unmanaged(
            release = |id| release(id + self.offset),
            clone = |id| { retain(id + self.offset); log(&self.parent.first.0); }
        )]
        id: Option<u32>,
        offset: u32,
    }

    let one = Child { parent: owner(1, "2"), id: Some(make(10) - 5), offset: 5 };
    let two = one.clone();
    assert_eq!(logged(), "clone 1 clone 2 +1 +10 1");
    assert_eq!((count(1), count(10)), (2, 2));
    drop(two);
    assert_eq!((count(1), count(10)), (1, 1));
    drop(one);
    assert_eq!((count(1), count(10)), (0, 0));
    assert_eq!(logged(), "-10 -1 ~1 ~2 -10 -1 ~1 ~2");
}

#[test]
fn other_keys_go_with_it() {
    /// With all the other keys.
    #[derive(Dispose)]
    #[dispose(on_drop = ignore)]
    struct Keys(
        #[unmanaged(
            release = |_| Err(7),
            check = status::code,
            clone = retain,
            on_error = keep,
            drop = |id| { release(id); Ok(()) }
        )]
        Option<u32>,
    );

    let one = Keys(Some(make(1)));
    let two = one.clone();
    assert!(two.try_close().is_err());
    drop(one);
    assert_eq!(count(1), 0);
    assert_eq!(logged(), "+1 -1 -1");
}

#[test]
fn clone_from_releases_what_was_held() {
    let (mut one, two) = (Handle { id: make(1) }, Handle { id: make(2) });
    one.clone_from(&two);
    assert_eq!((count(1), count(2)), (0, 2));
    drop((one, two));
    assert_eq!(count(2), 0);
    assert_eq!(logged(), "+2 -1 -2 -2");
}

/// What the message says for a function that returns a pointer where the field is a `NonNull`.
#[test]
fn a_new_pointer_is_the_second_owners_or_an_error() {
    #[derive(Debug)]
    struct NoMemory;

    impl std::fmt::Display for NoMemory {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no memory")
        }
    }

    impl std::error::Error for NoMemory {}

    fn dup(p: *mut u32) -> *mut u32 {
        if REFUSES.get() { std::ptr::null_mut() } else { p.wrapping_add(1) }
    }

    #[derive(Close)]
    struct Owner {
        #[unmanaged(
            release = |p: NonNull<u32>| log(p.as_ptr().addr()),
            clone = |p| NonNull::new(dup(p.as_ptr())).ok_or(NoMemory),
            always
        )]
        handle: NonNull<u32>,
    }

    let owner = Owner { handle: NonNull::new(std::ptr::without_provenance_mut(4)).unwrap() };
    drop(owner.clone());
    assert_eq!(logged(), "8");

    REFUSES.set(true);
    let panic = panic_of(|| drop(owner.clone()));
    assert_eq!(panic.unwrap(), "failed to clone `Owner`: handle: no memory");
    drop(owner);
    assert_eq!(logged(), "4");
}
