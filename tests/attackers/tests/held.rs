//! Safe code that tries to reach what was moved out of a `ManuallyDrop`: in the pass after a panic, through a
//! part that exchanges lists, through a lookalike of the runtime. Only the victims' `always` is unsafe.

#![deny(unsafe_code)]

mod common;

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Close, Slot, TryClose};

use crate::common::{Failed, Nothing, Refuses};

thread_local! {
    static FREED: Cell<u32> = const { Cell::new(0) };
    static PANICS: Cell<bool> = const { Cell::new(false) };
    static READ_AFTERWARDS: Cell<bool> = const { Cell::new(false) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Real memory, for the sanitizer.
struct Memory(Box<u64>);

impl Memory {
    fn new() -> ManuallyDrop<Self> {
        FREED.set(0);
        ManuallyDrop::new(Self(Box::new(7)))
    }

    fn read(&self) {
        if FREED.get() > 0 {
            READ_AFTERWARDS.set(true);
        }
        assert_eq!(std::hint::black_box(*self.0), 7);
    }

    /// Frees it, and panics if that is wanted.
    fn free(self) {
        self.read();
        drop(self);
        FREED.set(FREED.get() + 1);
        assert!(!PANICS.get(), "first");
    }
}

/// Closes and drops, with a panic in the release and without; each time it is freed once, or was not
/// reached.
fn ends<T: Close>(make: impl Fn() -> T) {
    for panics in [false, true] {
        PANICS.set(panics);
        let closed = make();
        let _ = catch_unwind(AssertUnwindSafe(|| closed.close()));
        assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
        let dropped = make();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(dropped)));
        assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
    }
}

/// The same for a type that panics elsewhere, the first time.
fn ends_after_a_panic<T: Close>(make: impl Fn() -> T) {
    PANICS.set(false);
    for panicked in [false, true] {
        PANICKED.set(panicked);
        let closed = make();
        let _ = catch_unwind(AssertUnwindSafe(|| closed.close()));
        assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
        PANICKED.set(panicked);
        let dropped = make();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(dropped)));
        assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
    }
}

/// A slot that is never empty.
struct Again;

impl Slot for Again {
    type Value = u8;
    fn take(&mut self) -> Option<u8> {
        Some(1)
    }
    fn put(&mut self, _: u8) {}
    fn is_empty(&self) -> bool {
        false
    }
}

#[test]
fn a_step_that_ran_before_does_not_run_when_it_is_out() {
    /// What was released before is there again when the second pass comes.
    #[derive(Close)]
    #[dispose(before = |this| this.memory.read())]
    #[allow(unsafe_code)]
    struct Refilled {
        #[unmanaged(release = |_| ())]
        below: Again,
        #[unmanaged(
            unsafe(always),
            release = |memory: Memory| {
                self.child = Some(1);
                self.children.push(1);
                self.map.borrow_mut().replace(1);
                self.id = 1;
                memory.free();
            },
        )]
        memory: ManuallyDrop<Memory>,
        #[unmanaged(release = |_| self.memory.read())]
        again: Again,
        #[unmanaged(release = |_| self.memory.read())]
        child: Option<u8>,
        #[unmanaged(each, release = |_| self.memory.read())]
        children: Vec<u8>,
        #[unmanaged(release = |_| self.memory.read())]
        map: RefCell<Option<u8>>,
        #[unmanaged(invalid = 0, release = |_| self.memory.read())]
        id: u8,
        #[unmanaged(invalid = { u8::MIN }, release = |_| self.memory.read())]
        computed: u8,
    }

    ends(|| Refilled {
        below: Again,
        memory: Memory::new(),
        again: Again,
        child: Some(1),
        children: vec![1, 2],
        map: RefCell::new(Some(1)),
        id: 1,
        computed: 1,
    });
}

/// The runtime as the author would like it.
mod lookalike {
    pub use dispose_core::*;

    pub mod __private {
        pub use dispose_core::__private::*;
        use dispose_core::{Dispose, DropReport, Failures};

        /// Has the owner's list exchanged.
        pub trait Part {
            fn nest(&mut self, name: &str, own: &mut Failures);
        }

        impl<V: Dispose> Part for V {
            fn nest(&mut self, _: &str, own: &mut Failures) {
                let _ = crate::common::Swap(own).dispose();
                assert!(crate::PANICKED.replace(true), "in the part");
            }
        }

        /// Has each step run again.
        pub fn begin_step(_: &mut Failures) -> bool {
            true
        }

        #[allow(dead_code)]
        pub fn drop_by_value<T: ByValue + HasDrop + crate::Peek>(value: &mut T, key: T::Key) {
            dispose_core::__private::drop_by_value(value, key);
            value.peek();
        }

        #[allow(dead_code)]
        pub fn drop_by_value_to<T: ByValue + HasDrop + crate::Peek>(
            value: &mut T,
            key: T::Key,
            explicit: bool,
            report: impl Fn(&DropReport),
        ) {
            dispose_core::__private::drop_by_value_to(value, key, explicit, report);
            value.peek();
        }
    }
}

/// What a lookalike knows about the values it is handed.
#[allow(dead_code, reason = "the expansion hands it none")]
trait Peek {
    fn peek(&self);
}

#[test]
fn a_lookalike_neither_takes_it_again_nor_sees_it_afterwards() {
    #[derive(Close)]
    #[dispose(crate = lookalike, before = |this| this.memory.read())]
    #[allow(unsafe_code)]
    struct Foreign {
        #[dispose]
        part: Nothing,
        #[unmanaged(release = Memory::free, unsafe(always))]
        memory: ManuallyDrop<Memory>,
        #[unmanaged(release = |_| self.memory.read())]
        again: Again,
    }

    impl Peek for Foreign {
        fn peek(&self) {
            self.memory.read();
        }
    }

    #[derive(Close)]
    #[dispose(crate = lookalike, explicit)]
    #[allow(unsafe_code)]
    enum ForeignVariant {
        Only(
            #[dispose] Nothing,
            #[unmanaged(release = Memory::free, unsafe(always))] ManuallyDrop<Memory>,
            #[unmanaged(release = |_| _1.read())] Again,
        ),
    }

    impl Peek for ForeignVariant {
        fn peek(&self) {
            let Self::Only(_, memory, _) = self;
            memory.read();
        }
    }

    ends_after_a_panic(|| Foreign { part: Nothing, memory: Memory::new(), again: Again });
    ends_after_a_panic(|| ForeignVariant::Only(Nothing, Memory::new(), Again));
}

#[test]
fn a_variant_that_cannot_come_back_takes_the_place_of_one_that_can() {
    /// One variant may come back, and the other has lost its memory when its part refuses.
    #[derive(Close)]
    #[dispose(before = Self::change)]
    #[allow(unsafe_code)]
    enum Changes {
        Alone(#[unmanaged(release = |_| Err::<(), _>(Failed), on_error = keep)] Option<u8>),
        Held(
            #[dispose] Refuses,
            #[unmanaged(release = Memory::free, unsafe(always))] ManuallyDrop<Memory>,
        ),
    }

    impl Changes {
        /// Puts the other variant in the place of the one that was asked whether it may stay.
        fn change(&mut self) {
            if let Self::Alone(alone) = self {
                *alone = None;
                *self = Self::Held(Refuses, Memory::new());
            }
        }
    }

    for panics in [false, true] {
        PANICS.set(panics);
        let tried = catch_unwind(|| Changes::Alone(Some(1)).try_close());
        if let Ok(tried) = tried {
            let (back, _) = tried.unwrap_err().into_parts();
            assert!(back.is_none() && !panics);
        }
        assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
    }
    ends(|| Changes::Held(Refuses, Memory::new()));
    // A changed one that is dropped or closed is released there.
    ends(|| Changes::Alone(Some(1)));
}

/// The runtime whose parts stop a pass that is the last attempt.
mod stopping {
    pub use dispose_core::*;

    pub mod __private {
        pub use dispose_core::__private::*;
        use dispose_core::{Dispose, Failures};

        pub trait Part {
            fn nest(&mut self, name: &str, own: &mut Failures);
        }

        impl<V: Dispose> Part for V {
            fn nest(&mut self, _: &str, own: &mut Failures) {
                let _ = crate::common::Swap(own).dispose();
                let _ = stop(own);
            }
        }
    }
}

/// Any crate could call the hidden function.
#[test]
fn what_is_stopped_in_the_last_attempt_does_not_come_back() {
    #[derive(Close)]
    #[dispose(crate = stopping)]
    #[allow(unsafe_code)]
    struct Stopped {
        #[dispose]
        part: Nothing,
        #[unmanaged(release = Memory::free, unsafe(always))]
        memory: ManuallyDrop<Memory>,
    }

    PANICS.set(false);
    let tried =
        dispose_core::__private::try_close(Stopped { part: Nothing, memory: Memory::new() });
    let back = tried.err().and_then(|error| error.into_parts().0);
    assert!(back.is_none() && FREED.get() == 1);
    drop(back);
    assert!(FREED.get() == 1 && !READ_AFTERWARDS.get());
    ends(|| Stopped { part: Nothing, memory: Memory::new() });
}
