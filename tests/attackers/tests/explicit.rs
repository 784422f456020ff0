//! Questions to user code that panic: everything is released all the same, before the ordinary fields
//! are freed.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::panic::catch_unwind;

use dispose_core::{Close, Dispose, Failures};
use victim::{InCell, InPlace, Keyed, With, c};

fn clean(attack: impl FnOnce() + std::panic::UnwindSafe) {
    let _ = catch_unwind(attack);
    c::tick();
    assert_eq!(c::live(), 0);
}

#[test]
fn a_part_that_panics_when_it_is_asked() {
    /// Panics when it is asked.
    struct Unasked;

    impl Dispose for Unasked {
        fn release_all(&mut self, _: &mut Failures) {}
        fn is_disposed(&self) -> bool {
            panic!("asked")
        }
    }

    clean(|| drop(With::new(Unasked)));
    clean(|| drop(With::new(Unasked).close()));
    clean(|| drop(InPlace::new(Unasked)));
    clean(|| drop(InPlace::new(vec![Some(Unasked), None]).dispose()));
    clean(|| drop(With::new(Box::new(Unasked) as Box<dyn Dispose>)));
}

#[test]
fn a_part_in_a_cell_goes_back_into_it() {
    /// Panics only when it is asked for the first time.
    #[derive(Default)]
    struct Once(Cell<bool>);

    impl Dispose for Once {
        fn release_all(&mut self, _: &mut Failures) {}
        fn is_disposed(&self) -> bool {
            assert!(self.0.replace(true), "asked");
            true
        }
    }

    clean(|| drop(InCell::new(Once::default())));
    clean(|| drop(InCell::new(Once::default()).close()));
    clean(|| drop(InCell::new(vec![Once::default()])));
    let in_cell = InCell::new(Once::default());
    let _ = catch_unwind(std::panic::AssertUnwindSafe(|| in_cell.is_disposed()));
    assert!(!in_cell.is_disposed(), "the database is still open");
    clean(std::panic::AssertUnwindSafe(|| drop(in_cell)));
}

#[test]
fn a_comparison_that_panics() {
    /// Compares as itself, but for the given comparison, which panics.
    #[derive(Clone, Default)]
    struct Key(u32);

    thread_local!(static LEFT: Cell<u32> = const { Cell::new(0) });

    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            assert!(LEFT.replace(LEFT.get().saturating_sub(1)) != 1, "compared");
            self.0 == other.0
        }
    }

    for at in 1..5 {
        let set = || LEFT.set(at);
        set();
        clean(|| drop(Keyed::new(Key(1))));
        set();
        clean(|| drop(Keyed::new(Key(1)).dispose()));
        set();
        clean(|| drop(InPlace::new(Keyed::new(Key(1)))));
    }
}

#[test]
fn a_comparison_that_always_panics_is_not_repeated_while_unwinding() {
    /// Panics whenever it is compared.
    #[derive(Default)]
    struct Never;

    impl PartialEq for Never {
        fn eq(&self, _: &Self) -> bool {
            panic!("compared")
        }
    }

    clean(|| drop(Keyed::new(Never)));
}

#[test]
fn a_comparison_that_lies() {
    /// Says what is not true.
    #[derive(Default)]
    struct Liar;

    #[expect(clippy::partialeq_ne_impl, reason = "a liar")]
    impl PartialEq for Liar {
        fn eq(&self, _: &Self) -> bool {
            false
        }
        fn ne(&self, _: &Self) -> bool {
            false
        }
    }

    let mut keyed = Keyed::new(Liar);
    for _ in 0..3 {
        assert!(keyed.dispose().is_ok());
    }
    clean(|| drop(keyed));
}
