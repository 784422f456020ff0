//! `TryClose::try_close`: the value comes back if it is still alive. What came back and is dropped is
//! the last attempt.

use std::error::Error;
use std::fmt;

use dispose_core::{Close, Dispose, TryClose, TryCloseError};
use dispose_tests::{
    Fate, Handle, Ordinary, Refused, abort, log, logged, panic_of, record_reports, refuse, release,
    reported,
};

#[derive(Dispose)]
struct Owner {
    _ordinary: Ordinary,
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[unmanaged(release = release, on_error = keep)]
    kept: Option<Handle>,
    #[unmanaged(release = release)]
    later: Option<Handle>,
}

fn owner(later: Handle) -> Owner {
    Owner {
        _ordinary: Ordinary("o"),
        parent: Handle::some("parent"),
        kept: Handle::some("k"),
        later: Some(later),
    }
}

#[derive(Close)]
struct ByValue {
    _first: Ordinary,
    #[unmanaged(release = release, on_error = keep, always)]
    handle: Handle,
    _second: Ordinary,
}

fn by_value(handle: Handle) -> ByValue {
    ByValue { _first: Ordinary("1"), handle, _second: Ordinary("2") }
}

fn parts<T>(result: Result<(), TryCloseError<T>>) -> (Option<T>, String) {
    let (value, error) = result.unwrap_err().into_parts();
    (value, error.to_string())
}

#[test]
fn a_dispose_value_comes_back_if_it_still_holds_something() {
    record_reports();
    refuse(&["k"]);
    let (value, error) = parts(owner(Handle::new("later")).try_close());
    assert_eq!(error, "failed to dispose `Owner`: kept: k refused");
    assert_eq!(logged(), "later k", "and its ordinary fields are not dropped");
    let (value, _) = parts(value.unwrap().try_close());
    assert_eq!(logged(), "k");
    refuse(&[]);
    value.unwrap().try_close().unwrap();
    assert_eq!(logged(), "k parent ~o");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn a_dispose_value_is_gone_if_it_holds_nothing() {
    refuse(&["later", "parent"]);
    let (value, error) = parts(owner(Handle::new("later")).try_close());
    assert!(value.is_none());
    assert_eq!(error, "failed to dispose `Owner`: later: later refused; parent: parent refused");
    assert_eq!(logged(), "later k parent ~o", "its ordinary fields are dropped, once");
}

#[test]
fn what_came_back_and_is_dropped_is_the_last_attempt() {
    record_reports();
    refuse(&["k"]);
    let (value, _) = parts(owner(Handle::new("later")).try_close());
    assert_eq!(logged(), "later k");
    drop(value);
    assert_eq!(logged(), "k parent ~o");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: kept: k refused]"]);
    drop(owner(Handle::new("later")).try_close());
    assert_eq!(logged(), "later k k parent ~o", "also inside of the error");
    assert_eq!(reported().len(), 1);
    let (value, _) = parts(by_value(Handle::new("k")).try_close());
    assert_eq!(logged(), "k");
    drop(value);
    assert_eq!(logged(), "k ~1 ~2");
    assert_eq!(reported(), ["ByValue [failed to dispose `ByValue`: handle: k refused]"]);
    let (value, _) = parts(by_value(Handle::new("k")).try_close());
    value.unwrap().close().unwrap_err();
    assert_eq!(logged(), "k k ~1 ~2");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn a_close_value_comes_back_if_its_release_was_refused() {
    refuse(&["k"]);
    let (value, error) = parts(by_value(Handle::new("k")).try_close());
    assert_eq!(error, "failed to dispose `ByValue`: handle: k refused");
    assert_eq!(logged(), "k");
    let value = value.unwrap();
    assert_eq!(value.handle, Handle::new("k"), "a good handle");
    refuse(&[]);
    value.try_close().unwrap();
    assert_eq!(logged(), "k ~1 ~2");
}

#[test]
fn of_every_kind_of_field() {
    #[derive(Close)]
    struct Slot(#[unmanaged(release = release, on_error = keep)] Option<Handle>, Ordinary);
    #[derive(Close)]
    struct Sentinel(
        #[unmanaged(release = |n: i32| { log(n); if n > 9 { Err(Refused("n")) } else { Ok(()) } }, invalid = [-1], on_error = keep)]
         i32,
    );
    #[derive(Close)]
    struct Each(
        #[unmanaged(release = release, each, on_error = keep_if(|error| error.0 != "x"))]
        Vec<Handle>,
        Ordinary,
    );
    record_reports();
    refuse(&["k", "x", "y"]);
    let (value, _) = parts(Slot(Handle::some("k"), Ordinary("o")).try_close());
    assert_eq!(value.as_ref().unwrap().0, Handle::some("k"));
    drop(value);
    assert_eq!(logged(), "k k ~o");
    Slot(None, Ordinary("o")).try_close().unwrap();
    assert_eq!(logged(), "~o", "nothing was held");
    let (value, _) = parts(Sentinel(10).try_close());
    let mut value = value.unwrap();
    assert_eq!(value.0, 10);
    value.0 = 9;
    value.try_close().unwrap();
    assert_eq!(logged(), "10 9");
    let each = |names: &[&'static str]| {
        Each(names.iter().copied().map(Handle::new).collect(), Ordinary("o"))
    };
    let (value, _) = parts(each(&["a", "x", "y"]).try_close());
    assert_eq!(value.as_ref().unwrap().0, [Handle::new("y")]);
    drop(value);
    assert_eq!(logged(), "y x a y ~o");
    let (value, error) = parts(each(&["a", "x"]).try_close());
    assert!(value.is_none());
    assert_eq!(
        (error.as_str(), logged().as_str()),
        ("failed to dispose `Each`: 0[1]: x refused", "x a ~o")
    );
    assert_eq!(
        reported(),
        [
            "Slot [failed to dispose `Slot`: 0: k refused]",
            "Each [failed to dispose `Each`: 0[0]: y refused]"
        ]
    );
}

#[test]
fn the_final_release_is_not_called() {
    #[derive(Close)]
    struct Final(#[unmanaged(release = release, drop = abort, on_error = keep, always)] Handle);
    #[derive(Dispose)]
    struct InPlace(#[unmanaged(release = release, drop = abort, on_error = keep)] Option<Handle>);
    refuse(&["k"]);
    let (by_value, _) = parts(Final(Handle::new("k")).try_close());
    let (in_place, _) = parts(InPlace(Handle::some("k")).try_close());
    assert_eq!(logged(), "k k");
    drop((by_value, in_place));
    assert_eq!(logged(), "!k !k");
    refuse(&[]);
    Final(Handle::new("k")).try_close().unwrap();
    InPlace(Handle::some("k")).try_close().unwrap();
    assert_eq!(logged(), "k k");
}

mod variants {
    use super::*;

    #[derive(Dispose)]
    struct Part(#[unmanaged(release = release, drop = abort, on_error = keep)] Option<Handle>);

    #[derive(Close)]
    enum Variants {
        Kept {
            #[unmanaged(release = release, on_error = keep, always)]
            handle: Handle,
            _ordinary: Ordinary,
        },
        Decided(
            Ordinary,
            #[unmanaged(release = release, on_error = keep_if(|error| error.0 == *_2))]
            Option<Handle>,
            &'static str,
        ),
        Consumed(
            #[unmanaged(release = release, always)] Handle,
            #[unmanaged(release = release)] Option<Handle>,
            Ordinary,
        ),
        Parts {
            #[unmanaged(release = release, always)]
            first: Handle,
            #[dispose]
            part: Part,
            #[unmanaged(release = release, always)]
            last: Handle,
            _ordinary: Ordinary,
        },
        Nothing(Ordinary),
    }

    #[test]
    fn that_may_stay_come_back() {
        refuse(&["k"]);
        let kept = Variants::Kept { handle: Handle::new("k"), _ordinary: Ordinary("o") };
        let (value, error) = parts(kept.try_close());
        assert_eq!(error, "failed to dispose `Variants`: handle: k refused");
        assert!(matches!(value, Some(Variants::Kept { handle: Handle("k", _), .. })));
        refuse(&[]);
        value.unwrap().try_close().unwrap();
        assert_eq!(logged(), "k k ~o");
        refuse(&["k"]);
        let decided = |busy| Variants::Decided(Ordinary("o"), Handle::some("k"), busy);
        let (value, _) = parts(decided("k").try_close());
        assert!(matches!(value, Some(Variants::Decided(_, Some(_), _))));
        refuse(&[]);
        drop(value);
        assert_eq!(logged(), "k k ~o");
        refuse(&["k"]);
        assert!(parts(decided("other").try_close()).0.is_none());
        assert_eq!(logged(), "k ~o");
    }

    #[test]
    fn others_are_gone() {
        refuse(&["a", "b"]);
        let consumed = Variants::Consumed(Handle::new("a"), Handle::some("b"), Ordinary("o"));
        let (value, error) = parts(consumed.try_close());
        assert!(value.is_none());
        assert_eq!(error, "failed to dispose `Variants`: 1: b refused; 0: a refused");
        assert_eq!(logged(), "b a ~o");
        Variants::Nothing(Ordinary("o")).try_close().unwrap();
        assert_eq!(logged(), "~o");
    }

    /// If such a value came back, its `always` fields would be released a second time.
    #[test]
    fn with_a_refused_part_beside_other_fields_are_gone_for_good() {
        record_reports();
        refuse(&["k"]);
        let value = Variants::Parts {
            first: Handle::new("first"),
            part: Part(Handle::some("k")),
            last: Handle::new("last"),
            _ordinary: Ordinary("o"),
        };
        let (value, error) = parts(value.try_close());
        assert!(value.is_none());
        assert_eq!(error, "failed to dispose `Variants`: part.0: k refused");
        assert_eq!(logged(), "last k !k first ~o", "each once: it was the last attempt");
        assert_eq!(reported(), [""; 0]);
    }
}

mod panics {
    use super::*;

    #[test]
    fn of_a_dispose_value() {
        record_reports();
        refuse(&["k"]);
        assert_eq!(
            panic_of(|| owner(Handle::panicking("later")).try_close()).unwrap(),
            "later panicked"
        );
        // The value cannot come back, so its `Drop` follows, which is the last attempt.
        assert_eq!(logged(), "later k k parent ~o");
        assert_eq!(
            reported(),
            [
                "Owner [failed to dispose `Owner`: kept: k refused]",
                "Owner [failed to dispose `Owner`: kept: k refused]"
            ]
        );
    }

    #[test]
    fn of_the_release_of_a_close_value() {
        assert_eq!(
            panic_of(|| by_value(Handle::panicking("k")).try_close()).unwrap(),
            "k panicked"
        );
        assert_eq!(logged(), "k ~1 ~2");
    }

    #[test]
    fn of_before_where_the_release_is_refused() {
        #[derive(Close)]
        #[dispose(before = |this| if this.1 == Fate::Panic { panic!("before") } else { log("before") })]
        struct Flushed(
            #[unmanaged(release = release, drop = abort, on_error = keep, always)] Handle,
            Fate,
            Ordinary,
        );

        record_reports();
        refuse(&["k"]);
        let flushed = |fate| Flushed(Handle::new("k"), fate, Ordinary("o"));
        let (value, _) = parts(flushed(Fate::Succeed).try_close());
        assert_eq!(logged(), "before k");
        drop(value);
        assert_eq!(logged(), "before !k ~o");
        refuse(&[]);
        assert_eq!(panic_of(|| flushed(Fate::Panic).try_close()).unwrap(), "before");
        assert_eq!(logged(), "k ~o");
    }

    #[test]
    fn a_value_that_cannot_come_back_is_not_leaked() {
        #[derive(Close)]
        #[dispose(before = |this| assert!(!std::mem::take(&mut this.1), "before"))]
        struct Once(
            #[unmanaged(release = release, drop = abort, on_error = keep, always)] Handle,
            bool,
            Ordinary,
        );

        record_reports();
        refuse(&["k"]);
        let once = Once(Handle::new("k"), true, Ordinary("o"));
        assert_eq!(panic_of(|| once.try_close()).unwrap(), "before");
        assert_eq!(logged(), "k !k ~o", "refused, and then dropped");
        assert_eq!(reported(), ["Once [failed to dispose `Once`: 0: k refused]"]);
    }

    #[test]
    fn of_the_question_whether_it_is_alive() {
        #[derive(Close)]
        struct Asking(
            #[unmanaged(release = release, on_error = keep_if(|_| panic!("asked")), always)] Handle,
            Ordinary,
        );
        record_reports();
        refuse(&["k"]);
        let asking = Asking(Handle::new("k"), Ordinary("o"));
        assert_eq!(panic_of(|| asking.try_close()).unwrap(), "asked");
        assert_eq!(logged(), "k ~o", "it counts as released");
        assert_eq!(reported(), ["Asking [failed to dispose `Asking`: 0: k refused]"]);
    }

    #[test]
    fn of_an_ordinary_field_skips_no_other() {
        #[derive(Close)]
        struct Loud(
            Ordinary,
            #[unmanaged(release = release, on_error = keep, always)] Handle,
            Ordinary,
        );
        refuse(&[]);
        let loud = Loud(Ordinary("1!"), Handle::new("k"), Ordinary("2"));
        assert_eq!(panic_of(|| loud.try_close()).unwrap(), "1! panicked");
        assert_eq!(logged(), "k ~1! ~2");
    }
}

#[test]
fn the_error_is_one_for_every_type() {
    /// Neither `Debug` nor `Display`, and not `'static`.
    struct Opaque<'a>(#[allow(dead_code)] &'a str);

    #[derive(Dispose)]
    struct Borrowing<'a> {
        _name: Opaque<'a>,
        #[unmanaged(release = |()| Err(Caused), on_error = keep)]
        flag: Option<()>,
    }

    #[derive(Debug)]
    struct Caused;

    impl fmt::Display for Caused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl Error for Caused {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Refused("inner"))
        }
    }

    record_reports();
    let error = Borrowing { _name: Opaque("x"), flag: Some(()) }.try_close().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Borrowing`: flag: outer");
    assert_eq!(error.source().unwrap().to_string(), "inner refused");
    let debug = format!("{error:?}");
    assert!(debug.contains("TryCloseError") && debug.contains("Caused"), "{debug}");
    assert_eq!(error.error().len(), 1);
    drop(error);
    assert_eq!(reported(), ["Borrowing [failed to dispose `Borrowing`: flag: outer]"]);
    let question = |value: Borrowing<'static>| -> Result<(), Box<dyn Error>> {
        value.try_close()?;
        Ok(())
    };
    assert!(question(Borrowing { _name: Opaque("x"), flag: Some(()) }).is_err());
    question(Borrowing { _name: Opaque("x"), flag: None }).unwrap();
    assert_eq!(reported(), ["Borrowing [failed to dispose `Borrowing`: flag: outer]"]);
}

#[test]
fn a_legacy_close_that_gives_itself_back() {
    fn close(owner: Owner) -> Result<(), (Option<Owner>, Refused)> {
        owner.try_close().map_err(|error| {
            let (owner, error) = error.into_parts();
            (owner, error.downcast().expect("one failure"))
        })
    }
    refuse(&["k"]);
    let (value, error) = close(owner(Handle::new("later"))).unwrap_err();
    assert_eq!(error, Refused("k"));
    refuse(&[]);
    assert!(close(value.unwrap()).is_ok());
    assert_eq!(logged(), "later k k parent ~o");
}

#[test]
fn every_dispose_type_has_it() {
    fn has<T: TryClose>(value: T) -> Option<T> {
        value.try_close().unwrap_err().into_parts().0
    }
    record_reports();
    refuse(&["k"]);
    let value = || owner(Handle::new("later"));
    let once = "later k k parent ~o"; // refused once, and then dropped
    assert!(has(Box::new(value())).is_some());
    assert_eq!(logged(), once);
    assert!(has(vec![value()]).is_some());
    assert_eq!(logged(), once);
    assert!(has(Box::new(value()) as Box<dyn Dispose>).is_some());
    assert_eq!(logged(), once);
    assert!(has((value(), Some(value()))).is_some());
    assert_eq!(logged(), "later k later k parent ~o k parent ~o", "the second was tried first");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: kept: k refused]"; 5]);
}
