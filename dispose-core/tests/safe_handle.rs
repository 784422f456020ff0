//! `#[derive(SafeHandle)]`

#![cfg(feature = "derive")]
#![deny(warnings)]

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose, SafeHandle};

thread_local! {
    static RELEASED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(what: impl std::fmt::Debug) {
    RELEASED.with_borrow_mut(|released| released.push(format!("{what:?}")));
}

fn released() -> Vec<String> {
    RELEASED.take()
}

/// The ways of a handle that are the same for every kind.
fn owns<H: SafeHandle<Raw: std::fmt::Debug + PartialEq>>(raw: H::Raw) {
    let new = || {
        // SAFETY: the releases of these tests take any value.
        unsafe { H::from_raw(raw) }
    };
    assert_eq!(size_of::<H>(), size_of::<H::Raw>());
    assert!(released().is_empty());

    assert!(!new().is_invalid());
    assert_eq!(released().len(), 1, "dropped");

    let handle = new();
    assert_eq!(handle.as_raw(), Ok(raw));
    assert_eq!(handle.as_raw(), Ok(raw), "still there");
    assert!(released().is_empty());
    handle.close().unwrap();
    assert_eq!(released().len(), 1, "closed");

    assert_eq!(new().into_raw(), raw);
    assert!(released().is_empty(), "given up");

    // SAFETY: as above; the value was given up.
    drop(unsafe { H::from_raw(new().into_raw()) });
    assert_eq!(released().len(), 1, "there and back");
}

/// A value that means "no resource".
fn is_nothing<H: SafeHandle<Raw: std::fmt::Debug + PartialEq>>(raw: H::Raw) {
    // SAFETY: nothing is released.
    let new = || unsafe { H::from_raw(raw) };
    assert!(new().is_invalid());
    assert!(new().as_raw().is_err());
    new().close().unwrap();
    assert_eq!(new().into_raw(), raw);
    assert!(released().is_empty());
}

#[derive(Debug, Dispose, SafeHandle)]
struct Fd {
    #[unmanaged(release = note, invalid = [-1, -2])]
    fd: i32,
}

#[derive(Debug, Close, SafeHandle)]
struct Window(#[unmanaged(release = note, invalid = 0)] u64);

#[derive(Debug, Close, SafeHandle)]
struct Pointer<T> {
    #[unmanaged(release = note)]
    raw: *mut T,
}

#[derive(Debug, Dispose, SafeHandle)]
struct Constant {
    #[unmanaged(release = note)]
    raw: *const u8,
}

#[derive(Debug, Dispose, SafeHandle)]
struct Niche<T> {
    #[unmanaged(release = note)]
    raw: Option<NonNull<T>>,
}

#[derive(Debug, Close, SafeHandle)]
struct Font<'lib, T, const N: usize>
where
    T: std::fmt::Debug,
{
    library: PhantomData<(&'lib (), T)>,
    #[unmanaged(release = note, always)]
    raw: NonNull<[u8; N]>,
    r#type: (),
}

#[test]
fn every_kind_of_slot() {
    let pointer = ptr::dangling_mut::<u32>();
    owns::<Fd>(7);
    owns::<Window>(7);
    owns::<Pointer<u32>>(pointer);
    owns::<Constant>(pointer.cast());
    owns::<Niche<u32>>(NonNull::new(pointer));
    owns::<Font<'static, String, 4>>(NonNull::dangling());
}

#[test]
fn a_value_that_means_nothing_is_invalid_and_never_released() {
    is_nothing::<Fd>(-1);
    is_nothing::<Fd>(-2);
    is_nothing::<Window>(0);
    is_nothing::<Pointer<u8>>(ptr::null_mut());
    is_nothing::<Constant>(ptr::null());
    is_nothing::<Niche<u8>>(None);
}

#[test]
fn a_disposed_handle_is_invalid() {
    // SAFETY: `note` takes any value.
    let mut handle = unsafe { Fd::from_raw(3) };
    handle.dispose().unwrap();
    assert!(handle.is_invalid());
    let error = handle.as_raw().unwrap_err();
    assert_eq!(error.to_string(), "`Fd` has been disposed");
    assert_eq!(handle.into_raw(), -1, "the first invalid value");
    assert_eq!(released(), ["3"]);

    // SAFETY: `note` takes any value.
    let mut handle = unsafe { Niche::<u8>::from_raw(Some(NonNull::dangling())) };
    handle.dispose().unwrap();
    assert_eq!(handle.into_raw(), None);
}

#[test]
fn the_ordinary_derive_shows_it() {
    // SAFETY: `note` takes any value.
    let handle = unsafe { Fd::from_raw(3) };
    assert_eq!(format!("{handle:?}"), "Fd { fd: 3 }");
}

#[test]
fn giving_up_drops_the_other_fields_and_runs_nothing() {
    struct Ordinary(&'static str);

    impl Default for Ordinary {
        fn default() -> Self {
            Self("made")
        }
    }

    impl Drop for Ordinary {
        fn drop(&mut self) {
            note(self.0);
        }
    }

    #[derive(Close, SafeHandle)]
    #[dispose(explicit, before = |_this| note("before"))]
    struct Full {
        ordinary: Ordinary,
        #[unmanaged(release = |raw| note(raw + 1), always)]
        raw: u8,
    }

    #[derive(Dispose, SafeHandle)]
    #[dispose(explicit, before = |_this| note("before"))]
    struct FullInPlace {
        ordinary: Ordinary,
        #[unmanaged(release = note)]
        raw: Option<u8>,
    }

    assert!(released().is_empty());
    // SAFETY: `note` takes any value.
    let handle = unsafe { Full::from_raw(9) };
    assert_eq!(handle.ordinary.0, "made");
    assert_eq!(handle.into_raw(), 9);
    assert_eq!(released(), [r#""made""#]);

    // SAFETY: `note` takes any value.
    let handle = unsafe { FullInPlace::from_raw(Some(9)) };
    assert_eq!(handle.ordinary.0, "made");
    assert_eq!(handle.into_raw(), Some(9));
    assert_eq!(released(), [r#""made""#]);

    // SAFETY: `note` takes any value.
    unsafe { Full::from_raw(9) }.close().unwrap();
    assert_eq!(released(), [r#""before""#, "10", r#""made""#]);
}

#[test]
fn a_panicking_drop_of_another_field_does_not_release() {
    #[derive(Close, SafeHandle)]
    struct Loud {
        raw_user: Bomb,
        #[unmanaged(release = note, always)]
        raw: u8,
    }

    #[derive(Default)]
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("boom");
        }
    }

    assert!(released().is_empty());
    // SAFETY: `note` takes any value.
    let handle = unsafe { Loud::from_raw(9) };
    let _ = &handle.raw_user;
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| handle.into_raw()));
    assert!(result.is_err());
    assert!(released().is_empty());
}

macro_rules! handle {
    ($name:ident, $ty:ty, $release:path, $invalid:expr) => {
        #[derive(Debug, Dispose, SafeHandle)]
        pub(crate) struct $name {
            #[unmanaged(release = $release, invalid = $invalid)]
            raw: $ty,
        }
    };
}

mod other {
    #![forbid(unsafe_code)]
    use dispose_core::{Dispose, SafeHandle};
    handle!(Made, i64, super::note, i64::MIN);
}

#[test]
fn made_by_a_macro_where_unsafe_code_is_forbidden() {
    owns::<other::Made>(5);
    is_nothing::<other::Made>(i64::MIN);
}
