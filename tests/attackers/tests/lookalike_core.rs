//! A crate by the name of `core`, which is this one. Its items behave as an attack
//! variant may come back, a clone is another handle, a default panics.

#![deny(unsafe_code)]

extern crate self as core;

pub use std::{fmt, marker, option, primitive, result};

mod common;

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Close, Dispose, TryClose};

use crate::common::{Failed, Refuses};

/// The real one: with another, the derives do not compile (`ui/drop_of_a_lookalike`).
pub mod ops {
    pub use std::ops::Drop;
}

#[macro_export]
macro_rules! matches {
    ($($_:tt)*) => {
        true
    };
}

#[macro_export]
macro_rules! unreachable {
    ($($_:tt)*) => {
        loop {}
    };
}

pub mod clone {
    pub trait Clone {
        #[must_use]
        fn clone(&self) -> Self;
    }

    impl<T> Clone for *mut T {
        fn clone(&self) -> Self {
            self.wrapping_byte_add(64)
        }
    }

    impl Clone for String {
        fn clone(&self) -> Self {
            "another".into()
        }
    }
}

pub mod default {
    pub trait Default {
        fn default() -> Self;
    }

    impl<T: std::default::Default> Default for T {
        fn default() -> Self {
            assert!(!crate::PANICS.take(), "a default");
            T::default()
        }
    }
}

thread_local! {
    static PANICS: Cell<bool> = const { Cell::new(false) };
    static LIVE: Cell<i32> = const { Cell::new(0) };
}

/// Real memory, for the sanitizer.
struct Memory(Box<u64>);

impl Memory {
    fn new() -> ManuallyDrop<Self> {
        LIVE.set(LIVE.get() + 1);
        ManuallyDrop::new(Self(Box::new(7)))
    }

    fn free(self) {
        assert_eq!(*self.0, 7);
        LIVE.set(LIVE.get() - 1);
    }
}

#[test]
fn a_variant_that_was_released_does_not_come_back() {
    #[derive(Close)]
    #[allow(unsafe_code)]
    enum MayStay {
        #[allow(dead_code)]
        Alone(#[unmanaged(release = |_| Err::<(), _>(Failed), on_error = keep)] Option<u8>),
        Held(
            #[dispose] Refuses,
            #[unmanaged(release = Memory::free, unsafe(always))] ManuallyDrop<Memory>,
        ),
    }

    let tried = MayStay::Held(Refuses, Memory::new()).try_close();
    let back = tried.unwrap_err().into_parts().0;
    assert!(back.is_none() && LIVE.get() == 0);
}

#[test]
fn the_second_owner_has_the_same_handle() {
    /// A count on the heap, and its owner.
    #[derive(Close)]
    #[allow(unsafe_code)]
    struct Counted {
        #[unmanaged(unsafe(release = unref), unsafe(clone = retain), always)]
        count: *mut u64,
        name: String,
    }

    #[allow(unsafe_code)]
    unsafe fn retain(count: *mut u64) {
        // SAFETY: the caller promises that it has an owner.
        unsafe { *count += 1 }
    }

    #[allow(unsafe_code)]
    unsafe fn unref(count: *mut u64) {
        // SAFETY: as above.
        let owners = unsafe { &mut *count };
        *owners -= 1;
        if *owners == 0 {
            // SAFETY: made by `Box::into_raw`, and this was the last owner.
            drop(unsafe { Box::from_raw(count) });
        }
    }

    #[derive(Dispose)]
    #[allow(unsafe_code)]
    struct CountedInPlace {
        #[unmanaged(unsafe(release = unref), unsafe(clone = retain))]
        count: *mut u64,
    }

    let one = Counted { count: Box::into_raw(Box::new(1)), name: "one".into() };
    let two = clone::Clone::clone(&one);
    assert_eq!((one.count, &*two.name), (two.count, "one"));
    drop(one);
    two.close().unwrap();

    let one = CountedInPlace { count: Box::into_raw(Box::new(1)) };
    let two = clone::Clone::clone(&one);
    drop(two);
    drop(one);
}

#[test]
fn a_default_that_panics_skips_no_release() {
    #[derive(Close)]
    #[allow(unsafe_code)]
    struct Several {
        #[unmanaged(release = Memory::free, unsafe(always))]
        first: ManuallyDrop<Memory>,
        #[unmanaged(release = |memory: Memory| memory.free(), each)]
        each: Vec<Memory>,
    }

    for panics in [false, true] {
        for close in [drop, |several: Several| several.close().unwrap()] {
            let each = (0..3).map(|_| ManuallyDrop::into_inner(Memory::new())).collect();
            let several = Several { first: Memory::new(), each };
            PANICS.set(panics);
            assert_eq!(catch_unwind(AssertUnwindSafe(|| close(several))).is_err(), panics);
            assert_eq!(LIVE.get(), 0);
        }
    }
}
