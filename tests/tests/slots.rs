//! Fields that can be empty: slots, and `invalid` values.

use std::cell::{Cell, OnceCell, RefCell};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, OnceLock, RwLock};

use dispose_core::{Close, Dispose, Slot};
use dispose_tests::{log, logged, panic_of};

fn place() -> NonNull<u8> {
    NonNull::dangling()
}

#[test]
fn every_slot_keeps_the_contract() {
    /// Takes, puts and looks: the contract of a slot.
    fn keeps_the_contract<S: Slot>(mut slot: S) {
        assert!(!slot.is_empty());
        let value = slot.take().unwrap();
        assert!(slot.is_empty());
        assert!(slot.take().is_none());
        slot.put(value);
        assert!(!slot.is_empty());
        assert!(slot.take().is_some());
    }

    let pointer = place().as_ptr();
    keeps_the_contract(Some(1));
    keeps_the_contract(Some(()));
    keeps_the_contract(Some(place()));
    keeps_the_contract(pointer);
    keeps_the_contract(pointer.cast_const());
    keeps_the_contract(AtomicPtr::new(pointer));
    keeps_the_contract(Cell::new(Some(String::new())));
    keeps_the_contract(Cell::new(pointer));
    keeps_the_contract(Cell::new(pointer.cast_const()));
    keeps_the_contract(RefCell::new(Some(1)));
    keeps_the_contract(RefCell::new(Cell::new(pointer)));
    keeps_the_contract(Mutex::new(pointer));
    keeps_the_contract(Mutex::new(RefCell::new(Some(1))));
    keeps_the_contract(RwLock::new(pointer));
    keeps_the_contract(RwLock::new(OnceCell::from(1)));
    keeps_the_contract(OnceCell::from(String::new()));
    keeps_the_contract(OnceLock::from(pointer));
}

#[test]
fn a_vector_is_released_as_a_whole_where_the_empty_one_is_invalid() {
    #[derive(Dispose)]
    struct Buffers {
        #[unmanaged(release = |names: Vec<u32>| log(format!("delete {names:?}")), invalid = vec![])]
        names: Vec<u32>,
    }

    let mut buffers = Buffers { names: vec![1, 2] };
    buffers.dispose().unwrap();
    assert!(buffers.names.is_empty());
    buffers.dispose().unwrap();
    Buffers { names: Vec::new() }.dispose().unwrap();
    assert_eq!(logged(), "delete [1, 2]");
}

#[test]
fn a_slot_lends_what_it_holds() {
    assert_eq!(Slot::get(&Some(3)), Some(&3));
    assert_eq!(Slot::get(&None::<i32>), None);
    let pointer = place().as_ptr();
    assert_eq!(Slot::get(&pointer), Some(&pointer));
    assert_eq!(Slot::get(&ptr::null::<u8>()), None);
    assert_eq!(Slot::get(&OnceCell::from(3)), Some(&3));
    assert_eq!(Slot::get(&OnceCell::<i32>::new()), None);
    assert_eq!(Slot::get(&OnceLock::from(3)), Some(&3));
    assert_eq!(Slot::get(&OnceLock::<i32>::new()), None);
}

#[test]
fn taking_hands_the_resource_out_without_a_release() {
    #[derive(Dispose)]
    struct Socket {
        #[unmanaged(release = log)]
        fd: Option<i32>,
        #[unmanaged(release = log, invalid = -1)]
        id: i32,
    }
    impl Socket {
        fn into_raw(mut self) -> (i32, i32) {
            (Slot::take(&mut self.fd).unwrap(), std::mem::replace(&mut self.id, -1))
        }
    }
    assert_eq!(Socket { fd: Some(3), id: 4 }.into_raw(), (3, 4));
    assert_eq!(logged(), "");
}

type Alias = *mut u8;

#[derive(Dispose)]
struct All {
    #[unmanaged(release = |()| log("armed"))]
    armed: Option<()>,
    #[unmanaged(release = |_| log("alias"))]
    alias: Alias,
    #[unmanaged(release = |_| log("const"))]
    constant: *const u8,
    #[unmanaged(release = |_| log("non-null"))]
    non_null: Option<NonNull<u8>>,
    #[unmanaged(release = |pointer: *mut u8| { assert!(!pointer.is_null()); log("atomic") })]
    atomic: AtomicPtr<u8>,
    #[unmanaged(release = log)]
    cell: Cell<Option<&'static str>>,
    #[unmanaged(release = log)]
    ref_cell: RefCell<Option<&'static str>>,
    #[unmanaged(release = log)]
    mutex: Mutex<Option<&'static str>>,
    #[unmanaged(release = log)]
    rw_lock: RwLock<Option<&'static str>>,
    #[unmanaged(release = log)]
    once_cell: OnceCell<&'static str>,
    #[unmanaged(release = log)]
    once_lock: OnceLock<&'static str>,
}

fn all() -> All {
    All {
        armed: Some(()),
        alias: place().as_ptr(),
        constant: place().as_ptr(),
        non_null: Some(place()),
        atomic: AtomicPtr::new(place().as_ptr()),
        cell: Cell::new(Some("cell")),
        ref_cell: RefCell::new(Some("ref-cell")),
        mutex: Mutex::new(Some("mutex")),
        rw_lock: RwLock::new(Some("rw-lock")),
        once_cell: OnceCell::from("once-cell"),
        once_lock: OnceLock::from("once-lock"),
    }
}

#[test]
fn every_slot_is_released_once() {
    let mut value = all();
    assert!(!value.is_disposed());
    value.dispose().unwrap();
    assert_eq!(
        logged(),
        "once-lock once-cell rw-lock mutex ref-cell cell atomic non-null const alias armed"
    );
    assert!(value.is_disposed());
    assert!(value.atomic.load(Ordering::Relaxed).is_null() && value.alias.is_null());
    drop(value);
    assert_eq!(logged(), "");
}

#[test]
fn an_empty_slot_is_not_released() {
    let value = All {
        armed: None,
        alias: ptr::null_mut(),
        constant: ptr::null(),
        non_null: None,
        atomic: AtomicPtr::default(),
        cell: Cell::default(),
        ref_cell: RefCell::default(),
        mutex: Mutex::default(),
        rw_lock: RwLock::default(),
        once_cell: OnceCell::new(),
        once_lock: OnceLock::new(),
    };
    assert!(value.is_disposed());
    drop(value);
    assert_eq!(logged(), "");
}

/// A lock that is taken is not waited for, by the question or by `Drop`.
#[test]
fn what_is_borrowed_or_locked_counts_as_held() {
    let mut value = all();
    Slot::take(&mut value.ref_cell);
    Slot::take(&mut value.mutex);
    Slot::take(&mut value.rw_lock);

    let borrowed = value.ref_cell.borrow_mut();
    assert!(!Slot::is_empty(&value.ref_cell));
    drop(borrowed);
    assert!(Slot::is_empty(&value.ref_cell));

    let locked = value.mutex.lock();
    assert!(!Slot::is_empty(&value.mutex));
    drop(locked);
    assert!(Slot::is_empty(&value.mutex));

    let locked = value.rw_lock.write();
    assert!(!Slot::is_empty(&value.rw_lock));
    drop(locked);
    let read = value.rw_lock.read();
    assert!(Slot::is_empty(&value.rw_lock), "a reader changes nothing");
    drop(read);

    // A guard that is forgotten leaves the lock taken for ever.
    value.rw_lock = RwLock::new(Some("rw-lock"));
    std::mem::forget((value.mutex.lock(), value.rw_lock.write()));
    drop(value);
    assert!(logged().starts_with("once-lock once-cell rw-lock cell"));
}

#[test]
fn a_poisoned_lock_is_released() {
    let value = all();
    panic_of(|| {
        let _guards = (value.mutex.lock(), value.rw_lock.write());
        panic!("poison");
    });
    assert!(value.mutex.is_poisoned() && value.rw_lock.is_poisoned());
    assert!(!Slot::is_empty(&value.mutex) && !Slot::is_empty(&value.rw_lock));
    drop(value);
    assert!(logged().contains("rw-lock mutex ref-cell"));

    let mut value = all();
    panic_of(|| {
        let _guards = (value.mutex.lock(), value.rw_lock.write());
        panic!("poison");
    });
    value.dispose().unwrap();
    assert!(value.is_disposed() && value.mutex.is_poisoned() && value.rw_lock.is_poisoned());
    assert!(logged().contains("rw-lock mutex ref-cell"));
}

#[test]
fn no_field_grows() {
    #[derive(Close)]
    struct One(#[unmanaged(release = |_| (), always)] NonNull<u8>);
    #[derive(Dispose)]
    struct Two(#[unmanaged(release = |_| ())] Option<NonNull<u8>>);
    #[derive(Dispose)]
    struct Three(#[unmanaged(release = log, invalid = -1)] i32);
    assert_eq!(size_of::<One>(), size_of::<usize>());
    assert_eq!(size_of::<Option<One>>(), size_of::<usize>());
    assert_eq!(size_of::<Two>(), size_of::<usize>());
    assert_eq!(size_of::<Three>(), 4);
    drop((One(place()), Two(Some(place())), Three(-1)));
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Id(u64);

fn none() -> Id {
    Id(99)
}

#[derive(Dispose)]
struct Invalid {
    #[unmanaged(release = log, invalid = -1)]
    one: i32,
    #[unmanaged(release = log, invalid = [0, -1, i32::MAX])]
    list: i32,
    #[unmanaged(release = |id: Id| log(id.0), invalid = none())]
    call: Id,
    #[unmanaged(release = |array: [u8; 2]| log(array[0]), invalid = [[0; 2]])]
    array: [u8; 2],
    #[unmanaged(release = |_| log("flag"), invalid = true)]
    done: bool,
    #[unmanaged(release = log, invalid = String::new())]
    name: String,
    #[unmanaged(release = log, invalid = <i64 as Limits<u8, 2>>::NONE)]
    generic: i64,
}

trait Limits<T, const N: usize> {
    const NONE: Self;
}
impl Limits<u8, 2> for i64 {
    const NONE: i64 = 77;
}

#[test]
fn the_first_invalid_value_is_stored_after_the_release() {
    let mut value = Invalid {
        one: 1,
        list: 2,
        call: Id(3),
        array: [4, 0],
        done: false,
        name: "name".into(),
        generic: 5,
    };
    value.dispose().unwrap();
    assert_eq!(logged(), "5 name flag 4 3 2 1");
    assert!(value.is_disposed());
    assert_eq!((value.one, value.list, value.call), (-1, 0, Id(99)));
    assert_eq!(
        (value.array, value.done, value.name.as_str(), value.generic),
        ([0; 2], true, "", 77)
    );
    drop(value);
    assert_eq!(logged(), "");
}

#[test]
fn no_invalid_value_is_ever_released() {
    for list in [0, -1, i32::MAX] {
        let value = Invalid {
            one: -1,
            list,
            call: none(),
            array: [0; 2],
            done: true,
            name: String::new(),
            generic: 77,
        };
        assert!(value.is_disposed());
        drop(value);
        assert_eq!(logged(), "");
    }
}

#[test]
fn each_skips_invalid_elements() {
    #[derive(Dispose)]
    struct Pool(#[unmanaged(release = log, each, invalid = [-1, 0])] Vec<i32>);
    assert!(Pool(vec![-1, 0]).is_disposed());
    let mut pool = Pool(vec![1, -1, 2, 0]);
    pool.dispose().unwrap();
    assert_eq!(logged(), "2 1");
    assert!(pool.is_disposed());
}
