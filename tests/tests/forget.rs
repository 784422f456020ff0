//! `#[dispose(forget)]`: a private way to let go of a value; and `DisposeStack::forget`.

use std::marker::PhantomData;

use dispose_core::{Close, Dispose, DisposeStack};
use dispose_tests::{
    Handle, Ordinary, log, logged, panic_of, record_reports, refuse, release, reported,
};

/// A tracked value that owns memory, whose drop would be seen.
struct Owned(#[allow(dead_code)] Ordinary);

#[derive(Dispose)]
struct Part(#[unmanaged(release = release)] Option<Handle>, #[allow(dead_code)] Ordinary);

#[derive(Dispose)]
#[dispose(forget, before = |_| log("before"), explicit)]
struct InPlace {
    _first: Ordinary,
    #[unmanaged(release = release)]
    handle: Option<Handle>,
    #[unmanaged(release = drop)]
    owned: Option<Owned>,
    _second: Ordinary,
    #[dispose]
    part: Part,
    #[unmanaged(release = drop, each)]
    all: Vec<Owned>,
    #[dispose(skip)]
    _skipped: Option<Part>,
}

fn in_place(second: &'static str) -> InPlace {
    InPlace {
        _first: Ordinary("1"),
        handle: Handle::some("h"),
        owned: Some(Owned(Ordinary("owned"))),
        _second: Ordinary(second),
        part: Part(Handle::some("p"), Ordinary("part")),
        all: vec![Owned(Ordinary("each"))],
        _skipped: Some(Part(Handle::some("skipped"), Ordinary("skipped"))),
    }
}

#[test]
fn under_dispose_the_untracked_are_dropped_in_order_and_no_tracked_one_is_touched() {
    record_reports();
    refuse(&[]);
    in_place("2").forget();
    assert_eq!(logged(), "~1 ~2 skipped ~skipped", "a skipped field is not tracked");
    assert_eq!(reported(), [""; 0]);
    let mut value = in_place("2");
    let handle = value.handle.take();
    drop((value.owned.take(), std::mem::take(&mut value.all)));
    assert_eq!(logged(), "~owned ~each", "what owns memory is moved out first");
    value.forget();
    assert_eq!((handle, logged().as_str()), (Handle::some("h"), "~1 ~2 skipped ~skipped"));
}

#[test]
fn also_when_the_drop_of_one_panics() {
    refuse(&[]);
    assert_eq!(panic_of(|| in_place("2!").forget()).unwrap(), "2! panicked");
    assert_eq!(logged(), "~1 ~2! skipped ~skipped");
}

#[test]
fn under_close_into_raw_of_an_always_handle_leaks_nothing() {
    #[derive(Close)]
    #[dispose(forget)]
    struct ByValue {
        _first: Ordinary,
        #[unmanaged(release = release, always)]
        handle: Handle,
        #[unmanaged(release = drop)]
        owned: Option<Owned>,
        #[dispose]
        part: Part,
        _second: Ordinary,
    }

    impl ByValue {
        fn into_raw(self) -> Handle {
            let handle = self.handle;
            self.forget();
            handle
        }
    }

    fn by_value(first: &'static str) -> ByValue {
        ByValue {
            _first: Ordinary(first),
            handle: Handle::new("h"),
            owned: Some(Owned(Ordinary("owned"))),
            part: Part(Handle::some("p"), Ordinary("part")),
            _second: Ordinary("2"),
        }
    }

    assert_eq!(by_value("1").into_raw(), Handle::new("h"));
    assert_eq!(logged(), "~1 ~2");
    assert_eq!(panic_of(|| by_value("1!").forget()).unwrap(), "1! panicked");
    assert_eq!(logged(), "~1! ~2");
}

#[test]
fn a_guard_that_has_nothing_but_before() {
    #[derive(Close)]
    #[dispose(forget, before = |_| log("before"))]
    struct Guard(Ordinary);

    Guard(Ordinary("1")).forget();
    assert_eq!(logged(), "~1");
    drop(Guard(Ordinary("1")));
    assert_eq!(logged(), "before ~1");
}

#[test]
fn of_variants() {
    #[derive(Dispose)]
    #[dispose(forget)]
    enum Variants {
        Named {
            #[unmanaged(release = release)]
            handle: Option<Handle>,
            _ordinary: Ordinary,
        },
        Tuple(Ordinary, #[dispose] Box<Part>, Ordinary),
        Ordinary(Ordinary, Ordinary),
        Nothing,
    }

    #[derive(Close)]
    #[dispose(forget)]
    enum VariantsByValue {
        Always(#[unmanaged(release = release, always)] Handle, Ordinary),
        #[allow(dead_code)]
        Nothing,
    }

    Variants::Named { handle: Handle::some("h"), _ordinary: Ordinary("1") }.forget();
    let part = Box::new(Part(Handle::some("p"), Ordinary("part")));
    Variants::Tuple(Ordinary("2"), part, Ordinary("3")).forget();
    Variants::Ordinary(Ordinary("4"), Ordinary("5")).forget();
    Variants::Nothing.forget();
    VariantsByValue::Always(Handle::new("h"), Ordinary("6")).forget();
    assert_eq!(logged(), "~1 ~2 ~3 ~4 ~5 ~6");
    assert!(Variants::Nothing.is_disposed());
}

#[test]
fn of_generic_types() {
    #[derive(Dispose)]
    #[dispose(forget)]
    struct Generic<'a, T, U: Dispose, const N: usize>
    where
        T: std::fmt::Debug,
    {
        value: T,
        #[dispose]
        part: U,
        #[unmanaged(release = |()| log(format!("{:?}", self.value)))]
        armed: Option<()>,
        _name: PhantomData<&'a [u8; N]>,
        r#type: Ordinary,
    }

    let value = || Generic::<'_, _, _, 3> {
        value: Ordinary("value"),
        part: Part(Handle::some("p"), Ordinary("part")),
        armed: Some(()),
        _name: PhantomData,
        r#type: Ordinary("type"),
    };
    value().forget();
    assert_eq!(logged(), "~value ~type");
    drop(value());
    assert_eq!(logged(), "Ordinary(\"value\") p ~value ~part ~type");
}

/// An unused one is no warning, and neither is one in a crate without `unsafe`.
mod unused {
    #![deny(warnings)]
    #![forbid(unsafe_code)]

    #[derive(dispose_core::Close)]
    #[dispose(forget)]
    pub(super) struct Unused(#[unmanaged(release = super::release, always)] super::Handle);

    pub(super) fn unused() -> Unused {
        Unused(super::Handle::new("unused"))
    }
}

#[test]
fn an_unused_forget_is_no_warning() {
    refuse(&[]);
    unused::unused().close().unwrap();
    assert_eq!(logged(), "unused");
}

mod stack {
    use super::*;

    fn part(name: &'static str) -> Part {
        Part(Handle::some(name), Ordinary(name))
    }

    #[test]
    fn its_entries_are_dropped_last_first_and_not_run() {
        refuse(&[]);
        let mut stack = DisposeStack::new();
        stack.adopt((Handle::new("adopted"), Ordinary("1")), |(handle, _)| release(handle));
        let captured = Ordinary("2");
        stack.defer(move || log(format!("deferred {captured:?}")));
        stack.adopt(Ordinary("3"), |_| log("adopted"));
        stack.forget();
        assert_eq!(logged(), "~3 ~2 ~1");
        DisposeStack::new().forget();
        assert_eq!(logged(), "");
    }

    #[test]
    fn what_was_pushed_is_released_by_its_own_drop() {
        record_reports();
        refuse(&["b"]);
        let mut stack = DisposeStack::new();
        stack.push(part("a"));
        stack.adopt(Ordinary("adopted"), drop);
        stack.push(part("b"));
        stack.forget();
        assert_eq!(logged(), "b ~b ~adopted a ~a");
        assert_eq!(reported(), ["Part [failed to dispose `Part`: 0: b refused]"]);
    }

    #[test]
    fn what_was_taken_is_not_forgotten() {
        refuse(&[]);
        let mut stack = DisposeStack::new();
        stack.push(part("a"));
        let taken = stack.take();
        stack.adopt(Ordinary("1"), drop);
        stack.forget();
        assert_eq!(logged(), "~1");
        drop(taken);
        assert_eq!(logged(), "a ~a");
    }

    #[test]
    fn a_drop_that_panics_skips_no_other() {
        for position in 0..3 {
            let mut names = ["0", "1", "2"];
            names[position] = ["0!", "1!", "2!"][position];
            let mut stack = DisposeStack::new();
            for name in names {
                stack.adopt(Ordinary(name), |_| log("released"));
            }
            assert!(panic_of(|| stack.forget()).unwrap().ends_with("! panicked"));
            assert_eq!(logged(), format!("~{} ~{} ~{}", names[2], names[1], names[0]));
        }
    }
}
