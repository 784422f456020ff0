//! `#[derive(SafeHandle)]`

#![cfg(feature = "derive")]
#![deny(warnings)]

mod support;

use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose, SafeHandle};

use crate::support::{Ordinary, log, logged, panic_of};

fn release(raw: impl std::fmt::Debug) {
    log(format!("{raw:?}"));
}

/// Takes the log: how many were released.
fn released() -> usize {
    logged().split_whitespace().count()
}

/// The ways of a handle that are the same for every kind.
fn owns<H: SafeHandle<Raw: std::fmt::Debug + PartialEq>>(raw: H::Raw) {
    let new = || {
        // SAFETY: the releases of these tests take any value.
        unsafe { H::from_raw(raw) }
    };
    assert_eq!(size_of::<H>(), size_of::<H::Raw>());
    assert_eq!(released(), 0);

    assert!(!new().is_invalid());
    assert_eq!(released(), 1, "dropped");

    let handle = new();
    assert_eq!(handle.as_raw(), Ok(raw));
    assert_eq!(handle.as_raw(), Ok(raw), "still there");
    assert_eq!(released(), 0);
    handle.close().unwrap();
    assert_eq!(released(), 1, "closed");

    assert_eq!(new().into_raw(), raw);
    assert_eq!(released(), 0, "given up");

    // SAFETY: as above; the value was given up.
    drop(unsafe { H::from_raw(new().into_raw()) });
    assert_eq!(released(), 1, "there and back");
}

/// A value that means "no resource".
fn is_nothing<H: SafeHandle<Raw: std::fmt::Debug + PartialEq>>(raw: H::Raw) {
    // SAFETY: nothing is released.
    let new = || unsafe { H::from_raw(raw) };
    assert!(new().is_invalid());
    assert!(new().as_raw().is_err());
    new().close().unwrap();
    assert_eq!(new().into_raw(), raw);
    assert_eq!(released(), 0);
}

#[derive(Debug, Dispose, SafeHandle)]
struct Fd {
    #[unmanaged(release = release, invalid = [-1, -2])]
    fd: i32,
}

#[derive(Debug, Close, SafeHandle)]
struct Window(#[unmanaged(release = release, invalid = 0)] u64);

#[derive(Debug, Close, SafeHandle)]
struct Pointer<T> {
    #[unmanaged(release = release)]
    raw: *mut T,
}

#[derive(Debug, Dispose, SafeHandle)]
struct Constant {
    #[unmanaged(release = release)]
    raw: *const u8,
}

#[derive(Debug, Dispose, SafeHandle)]
struct Niche<T> {
    #[unmanaged(release = release)]
    raw: Option<NonNull<T>>,
}

#[derive(Debug, Close, SafeHandle)]
struct Font<'lib, T, const N: usize>
where
    T: std::fmt::Debug,
{
    library: PhantomData<(&'lib (), T)>,
    #[unmanaged(release = release, always)]
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
    // SAFETY: `release` takes any value.
    let mut handle = unsafe { Fd::from_raw(3) };
    handle.dispose().unwrap();
    assert!(handle.is_invalid());
    let error = handle.as_raw().unwrap_err();
    assert_eq!(error.to_string(), "`Fd` has been disposed");
    assert_eq!(handle.into_raw(), -1, "the first invalid value");
    assert_eq!(logged(), "3");

    // SAFETY: `release` takes any value.
    let mut handle = unsafe { Niche::<u8>::from_raw(Some(NonNull::dangling())) };
    handle.dispose().unwrap();
    assert_eq!(handle.into_raw(), None);
    assert_eq!(released(), 1);
}

#[test]
fn the_ordinary_derive_shows_it() {
    // SAFETY: `release` takes any value.
    let handle = unsafe { Fd::from_raw(3) };
    assert_eq!(format!("{handle:?}"), "Fd { fd: 3 }");
    drop(handle);
    assert_eq!(logged(), "3");
}

#[test]
fn giving_up_drops_the_other_fields_and_runs_nothing() {
    struct Made(Ordinary);

    impl Default for Made {
        fn default() -> Self {
            Self(Ordinary("made"))
        }
    }

    #[derive(Close, SafeHandle)]
    #[dispose(explicit, before = |_this| log("before"))]
    struct Full {
        ordinary: Made,
        #[unmanaged(release = |raw| log(raw + 1), always)]
        raw: u8,
    }

    #[derive(Dispose, SafeHandle)]
    #[dispose(explicit, before = |_this| log("before"))]
    struct FullInPlace {
        ordinary: Made,
        #[unmanaged(release = release)]
        raw: Option<u8>,
    }

    // SAFETY: `release` takes any value.
    let handle = unsafe { Full::from_raw(9) };
    assert_eq!(handle.ordinary.0.0, "made");
    assert_eq!(handle.into_raw(), 9);
    assert_eq!(logged(), "~made");

    // SAFETY: `release` takes any value.
    let handle = unsafe { FullInPlace::from_raw(Some(9)) };
    assert_eq!(handle.ordinary.0.0, "made");
    assert_eq!(handle.into_raw(), Some(9));
    assert_eq!(logged(), "~made");

    // SAFETY: `release` takes any value.
    unsafe { Full::from_raw(9) }.close().unwrap();
    assert_eq!(logged(), "before 10 ~made");
}

#[test]
fn a_panicking_drop_of_another_field_does_not_release() {
    #[derive(Close, SafeHandle)]
    struct Owner {
        raw_user: Loud,
        #[unmanaged(release = release, always)]
        raw: u8,
    }

    struct Loud(Ordinary);

    impl Default for Loud {
        fn default() -> Self {
            Self(Ordinary("loud!"))
        }
    }

    // SAFETY: `release` takes any value.
    let handle = unsafe { Owner::from_raw(9) };
    assert_eq!(handle.raw_user.0.0, "loud!");
    assert_eq!(panic_of(|| handle.into_raw()).unwrap(), "loud! panicked");
    assert_eq!(logged(), "~loud!");
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
    handle!(Made, i64, super::release, i64::MIN);
}

#[test]
fn made_by_a_macro_where_unsafe_code_is_forbidden() {
    owns::<other::Made>(5);
    is_nothing::<other::Made>(i64::MIN);
}
