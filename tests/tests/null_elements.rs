//! Collections of raw pointers (`each`), in which null is an empty place, as in a field.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ffi::c_void;
use std::mem;
use std::ptr::{null, null_mut, without_provenance, without_provenance_mut};

use dispose_core::{AsyncDispose, Close, Dispose, Each, TryClose};
use dispose_tests::{Refused, block_on, log, logged, panic_of, pending_once};

type Pointer = *mut c_void;

/// The handle of a number. 0 is null.
fn at<T>(number: usize) -> *mut T {
    without_provenance_mut(number)
}

fn free<T>(pointer: *mut T) {
    log(pointer.addr());
}

/// Refuses what is above 100.
fn try_free<T>(pointer: *mut T) -> Result<(), Refused> {
    log(pointer.addr());
    if pointer.addr() > 100 { Err(Refused("it")) } else { Ok(()) }
}

async fn free_async(pointer: Pointer) {
    pending_once().await;
    free(pointer);
}

/// Handles whose number is their place.
struct Table<T>(Vec<Option<T>>);

impl<T> Each for Table<T> {
    type Value = T;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
    fn take(&mut self, index: usize) -> Option<T> {
        self.0.get_mut(index)?.take()
    }
    fn put(&mut self, index: usize, value: T) {
        self.0[index] = Some(value);
    }
}

/// The same without an `Option`.
struct Nulls(Vec<*const u8>);

impl Each for Nulls {
    type Value = *const u8;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &*const u8> {
        self.0.iter()
    }
    fn take(&mut self, index: usize) -> Option<*const u8> {
        self.0.get_mut(index).map(|place| mem::replace(place, null()))
    }
    fn put(&mut self, index: usize, value: *const u8) {
        self.0[index] = value;
    }
}

#[derive(Dispose)]
struct All<T> {
    #[unmanaged(each, release = free)]
    list: Vec<*mut T>,
    #[unmanaged(each, release = |pointer| free(pointer.cast_mut()))]
    deque: VecDeque<*const u8>,
    #[unmanaged(each, release = free)]
    ordered: BTreeMap<u32, Pointer>,
    #[unmanaged(each, release = free)]
    hashed: HashMap<u32, Pointer>,
    #[unmanaged(each, release = free)]
    table: Table<*mut T>,
    #[unmanaged(each, release = |pointer| free(pointer.cast_mut()))]
    nulls: Nulls,
    #[unmanaged(each, release = |pointer| free(pointer.cast::<u8>()))]
    wide: Vec<*mut [u8]>,
}

fn all<T>(numbers: &[usize]) -> All<T> {
    let pointers = || numbers.iter().map(|&number| at(number));
    All {
        list: pointers().map(|pointer: Pointer| pointer.cast()).collect(),
        deque: numbers.iter().map(|&number| without_provenance(number)).collect(),
        ordered: (0..).zip(pointers()).collect(),
        hashed: (0..).zip(pointers()).collect(),
        table: Table(numbers.iter().map(|&number| Some(at(number))).collect()),
        nulls: Nulls(numbers.iter().map(|&number| without_provenance(number)).collect()),
        wide: numbers
            .iter()
            .map(|&number| std::ptr::slice_from_raw_parts_mut(at(number), 1))
            .collect(),
    }
}

#[test]
fn null_is_not_released() {
    let mut value = all::<u64>(&[0, 1, 0, 1, 0]);
    assert!(!value.is_disposed());
    value.dispose().unwrap();
    assert_eq!(logged(), ["1 1"; 7].join(" "), "of each collection");
    assert!(value.is_disposed());
    drop(value);
    assert_eq!(logged(), "");
}

#[test]
fn a_value_is_disposed_if_only_null_is_left() {
    assert!(all::<u64>(&[0, 0]).is_disposed());
    let with = |set: fn(&mut All<u64>)| {
        let mut value = all(&[0, 0]);
        set(&mut value);
        let is_disposed = value.is_disposed();
        drop(value);
        assert_eq!(logged(), "3");
        is_disposed
    };
    assert!(!with(|value| value.list[0] = at(3)));
    assert!(!with(|value| value.deque[0] = without_provenance(3)));
    assert!(!with(|value| *value.ordered.get_mut(&0).unwrap() = at(3)));
    assert!(!with(|value| *value.hashed.get_mut(&0).unwrap() = at(3)));
    assert!(!with(|value| value.table.0[0] = Some(at(3))));
    assert!(!with(|value| value.nulls.0[0] = without_provenance(3)));
}

#[test]
fn the_element_may_stand_behind_aliases() {
    type Handles = Vec<Pointer>;
    type Slots = [Option<Pointer>; 2];
    type Boxed = Box<[Pointer]>;

    #[derive(Close)]
    struct Aliases {
        #[unmanaged(each, release = free)]
        pointers: Vec<Pointer>,
        #[unmanaged(each, release = free)]
        handles: Handles,
        #[unmanaged(each, release = free)]
        boxed: Boxed,
        // Of these the elements are the slots.
        #[unmanaged(each, release = free)]
        slots: Slots,
        #[unmanaged(each, release = free)]
        visible: [Option<Pointer>; 2],
    }

    let aliases = Aliases {
        pointers: vec![at(1), null_mut()],
        handles: vec![null_mut(), at(2)],
        boxed: Box::new([null_mut(), at(3)]),
        slots: [Some(null_mut()), None],
        visible: [None, Some(null_mut())],
    };
    aliases.close().unwrap();
    assert_eq!(logged(), "0 0 3 2 1");
}

#[test]
fn what_was_refused_stays_and_null_goes() {
    #[derive(Dispose)]
    struct Kept {
        #[unmanaged(release = free)]
        parent: Pointer,
        #[unmanaged(each, release = try_free, on_error = keep)]
        list: Vec<Pointer>,
        #[unmanaged(each, release = try_free, on_error = keep_if(|_| true))]
        ordered: BTreeMap<u32, Pointer>,
        #[unmanaged(each, release = try_free, on_error = keep)]
        hashed: HashMap<u32, Pointer>,
        #[unmanaged(each, release = try_free, on_error = keep)]
        table: Table<Pointer>,
    }

    let numbers = [0, 101, 0, 2, 102, 0];
    let mut value = Kept {
        parent: at(9),
        list: numbers.map(at).into(),
        ordered: (0..).zip(numbers.map(at)).collect(),
        hashed: [(0, null_mut())].into(),
        table: Table(vec![Some(null_mut()), Some(at(103)), None, Some(null_mut())]),
    };
    value.dispose().unwrap_err();
    assert_eq!(logged(), "103");
    assert_eq!(value.table.0, [None, Some(at(103)), None, None]);
    value.table.0[1] = Some(null_mut());
    value.dispose().unwrap_err();
    assert_eq!(logged(), "102 2 101");
    assert!(value.ordered.keys().eq(&[1, 4]) && value.hashed.is_empty());
    value.ordered = [(7, null_mut())].into();
    value.dispose().unwrap_err();
    assert_eq!(logged(), "102 2 101");
    assert_eq!(value.list, [at(101), at(102)]);
    value.list.fill(null_mut());
    value.dispose().unwrap();
    assert_eq!(logged(), "9");
    assert!(value.is_disposed());
}

#[test]
fn null_that_is_left_keeps_no_parent() {
    /// Never gives its null away.
    struct Stays(Pointer);

    impl Each for Stays {
        type Value = Pointer;
        fn len(&self) -> usize {
            1
        }
        fn values(&self) -> impl Iterator<Item = &Pointer> {
            [&self.0].into_iter()
        }
        fn take(&mut self, _: usize) -> Option<Pointer> {
            Some(mem::replace(&mut self.0, null_mut()))
        }
        fn put(&mut self, _: usize, value: Pointer) {
            self.0 = value;
        }
    }

    #[derive(Dispose)]
    struct Owner {
        #[unmanaged(release = free)]
        parent: Pointer,
        #[unmanaged(each, release = try_free, on_error = keep)]
        stays: Stays,
    }

    let mut owner = Owner { parent: at(1), stays: Stays(at(2)) };
    owner.dispose().unwrap();
    assert_eq!(logged(), "2 1");
}

#[test]
fn null_is_skipped_after_a_panic() {
    fn free_or_panic(pointer: Pointer) {
        free(pointer);
        assert_ne!(pointer, at(7), "seven");
    }

    #[derive(Dispose)]
    struct Panicking(#[unmanaged(each, release = free_or_panic)] Vec<Pointer>);
    let mut value = Panicking([0, 1, 0, 7, 0].map(at).into());
    assert!(panic_of(|| value.dispose()).is_some());
    assert_eq!(logged(), "7 1");
}

#[test]
fn null_is_not_awaited() {
    #[derive(Dispose, AsyncDispose)]
    struct Awaited {
        #[unmanaged(each, release_async = free_async, release = free)]
        list: Vec<Pointer>,
        #[unmanaged(each, release_async = free_async)]
        only: HashMap<u32, Pointer>,
    }

    let value = || Awaited { list: vec![null_mut(), at(1)], only: [(1, null_mut())].into() };
    let mut awaited = value();
    block_on(awaited.dispose_async()).unwrap();
    assert_eq!(logged(), "1");
    assert!(awaited.is_disposed());
    value().close().unwrap();
    assert_eq!(logged(), "1", "`only` has nothing to await");
}

#[test]
fn null_in_a_variant_is_not_released() {
    #[derive(Close)]
    enum Window {
        Open {
            #[unmanaged(each, release = |pointer| free(pointer.wrapping_byte_add(*offset)))]
            pointers: Vec<Pointer>,
            offset: usize,
        },
        Refused(#[unmanaged(each, release = try_free, on_error = keep)] VecDeque<Pointer>),
    }

    Window::Open { pointers: vec![null_mut(), at(1)], offset: 5 }.close().unwrap();
    assert_eq!(logged(), "6");
    let window = Window::Refused([null_mut(), at(101)].into());
    let (refused, _) = window.try_close().unwrap_err().into_parts();
    assert_eq!(logged(), "101");
    let Some(Window::Refused(pointers)) = &refused else { panic!("it comes back") };
    assert_eq!(pointers, &[at(101)]);
    drop(refused);
    assert_eq!(logged(), "101", "the last attempt");
}

#[test]
fn a_bare_parameter_may_be_anything() {
    #[derive(Dispose)]
    struct Generic<T: Copy>(#[unmanaged(each, release = |value| self.1(value))] Vec<T>, fn(T));
    let mut generic = Generic(vec![null_mut::<u8>()], free);
    assert!(!generic.is_disposed());
    generic.dispose().unwrap();
    assert_eq!(logged(), "0");
}

#[test]
fn other_values_for_no_resource_are_as_they_are_given() {
    #[derive(Dispose)]
    struct Invalid(#[unmanaged(each, release = free, invalid = at(9))] Vec<Pointer>);
    let mut value = Invalid(vec![at(9), null_mut(), at(1)]);
    value.dispose().unwrap();
    assert_eq!(logged(), "1 0");
}
