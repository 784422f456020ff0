//! Tracked fields are released in reverse order of declaration, `#[unmanaged]` and `#[dispose]`
//! fields in one sequence; the others drop afterwards, in declaration order.

use dispose_core::{Close, Dispose};
use dispose_tests::{Handle, Ordinary, logged, release};

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = release)]
    inner: Option<Handle>,
}

fn part(name: &'static str) -> Part {
    Part { inner: Some(Handle::new(name)) }
}

#[derive(Dispose)]
struct Mixed {
    _first: Ordinary,
    #[unmanaged(release = release)]
    a: Option<Handle>,
    #[dispose]
    b: Part,
    _second: Ordinary,
    #[unmanaged(release = release)]
    c: Option<Handle>,
    #[dispose]
    d: Part,
}

fn mixed() -> Mixed {
    Mixed {
        _first: Ordinary("1"),
        a: Some(Handle::new("a")),
        b: part("b"),
        _second: Ordinary("2"),
        c: Some(Handle::new("c")),
        d: part("d"),
    }
}

#[test]
fn a_struct_is_released_in_reverse_and_ordinary_fields_follow_in_order() {
    drop(mixed());
    assert_eq!(logged(), "d c b a ~1 ~2");
}

#[test]
fn dispose_releases_and_leaves_ordinary_fields_alone() {
    let mut mixed = mixed();
    mixed.dispose().unwrap();
    assert_eq!(logged(), "d c b a");
    drop(mixed);
    assert_eq!(logged(), "~1 ~2");
}

#[test]
fn close_releases_then_drops_ordinary_fields() {
    mixed().close().unwrap();
    assert_eq!(logged(), "d c b a ~1 ~2");
}

#[test]
fn a_tuple_struct_is_released_in_reverse() {
    #[derive(Dispose)]
    struct Pair(
        #[unmanaged(release = release)] Option<Handle>,
        #[allow(dead_code)] Ordinary,
        #[dispose] Part,
    );
    drop(Pair(Some(Handle::new("0")), Ordinary("1"), part("2")));
    assert_eq!(logged(), "2 0 ~1");
}

#[test]
fn a_variant_is_released_as_a_struct_is() {
    #[derive(Dispose)]
    enum Either {
        Named {
            #[unmanaged(release = release)]
            a: Option<Handle>,
            #[dispose]
            b: Part,
            _c: Ordinary,
        },
        Tuple(
            #[unmanaged(release = release)] Option<Handle>,
            #[unmanaged(release = release)] Option<Handle>,
        ),
        Nothing,
    }

    drop(Either::Named { a: Some(Handle::new("a")), b: part("b"), _c: Ordinary("c") });
    assert_eq!(logged(), "b a ~c");
    let mut tuple = Either::Tuple(Some(Handle::new("0")), Some(Handle::new("1")));
    assert!(!tuple.is_disposed());
    tuple.dispose().unwrap();
    assert!(tuple.is_disposed());
    assert_eq!(logged(), "1 0");
    let mut nothing = Either::Nothing;
    assert!(nothing.is_disposed());
    nothing.dispose().unwrap();
    assert_eq!(logged(), "");
}

#[test]
fn by_value_the_order_is_the_same() {
    #[derive(Close)]
    struct ByValue {
        _first: Ordinary,
        #[unmanaged(release = release, always)]
        a: Handle,
        #[unmanaged(release = release)]
        b: Option<Handle>,
        _second: Ordinary,
        #[dispose]
        c: Part,
    }

    fn by_value() -> ByValue {
        ByValue {
            _first: Ordinary("1"),
            a: Handle::new("a"),
            b: Some(Handle::new("b")),
            _second: Ordinary("2"),
            c: part("c"),
        }
    }

    by_value().close().unwrap();
    assert_eq!(logged(), "c b a ~1 ~2");
    drop(by_value());
    assert_eq!(logged(), "c b a ~1 ~2");
}

#[test]
fn nested_to_any_depth() {
    #[derive(Dispose)]
    struct Outer {
        #[unmanaged(release = release)]
        handle: Option<Handle>,
        #[dispose]
        mixed: (Mixed, Option<Box<Mixed>>),
        #[dispose]
        parts: Vec<Part>,
    }
    let mut outer = Outer {
        handle: Some(Handle::new("x")),
        mixed: (mixed(), Some(Box::new(mixed()))),
        parts: vec![part("p0"), part("p1")],
    };
    outer.dispose().unwrap();
    assert_eq!(logged(), "p1 p0 d c b a d c b a x");
    drop(outer);
    assert_eq!(logged(), "~1 ~2 ~1 ~2");
}
