//! A child that was kept keeps its parents: what is declared before it, and the rest of the owners
//! around it. A later attempt goes on with what is left, and the last attempt goes through.

#![allow(clippy::manual_assert, reason = "a panic is what is tested")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, RwLock};

use dispose_core::{AsyncDispose, Close, Dispose, Failures, UsingError, using};
use dispose_tests::{
    Handle, Ordinary, Refused, log, logged, panic_of, paths, record_reports, refuse, release,
    release_async, reported,
};

/// The owner of any part, with a resource that the part may use, and one that may use the part.
#[derive(Dispose)]
struct Owner<T: Dispose> {
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[dispose]
    part: T,
    #[unmanaged(release = release)]
    later: Option<Handle>,
}

fn owner<T: Dispose>(part: T) -> Owner<T> {
    Owner { parent: Handle::some("parent"), part, later: Handle::some("later") }
}

/// What is to be seen of a part whose release is refused.
struct Expected {
    refused: &'static [&'static str],
    /// The releases of the part that the first attempt tries.
    tried: &'static str,
    paths: &'static [&'static str],
    /// Those that a second attempt tries, which is refused too.
    again: &'static str,
    /// Those of the attempt that succeeds after it.
    left: &'static str,
    /// Those of the last attempt on a whole part.
    all: &'static str,
}

/// Every life of an owner whose part is refused.
fn check<T: Dispose>(part: impl Fn() -> T, expected: &Expected) {
    let Expected { refused, tried, paths: expected_paths, again, left, all } = *expected;
    record_reports();
    refuse(refused);
    let mut value = owner(part());
    let error = value.dispose().unwrap_err();
    assert_eq!(paths(&error), expected_paths);
    assert_eq!(logged(), format!("later {tried}"));
    assert_eq!(value.parent, Handle::some("parent"), "its parent is kept");
    assert!(value.ensure_live().is_ok());
    value.dispose().unwrap_err();
    assert_eq!(logged(), again, "the next attempt begins with what is left");
    refuse(&[]);
    value.dispose().unwrap();
    assert_eq!(logged(), format!("{left} parent"));
    assert!(value.is_disposed());
    drop(value);
    assert_eq!(logged(), "");

    refuse(refused);
    let through = format!("later {all} parent");
    owner(part()).close().unwrap_err();
    assert_eq!(logged(), through, "`close` is the last attempt");
    let result = using(owner(part()), |_| Ok::<_, Refused>(()));
    assert!(matches!(result, Err(UsingError::Dispose(_))));
    assert_eq!(logged(), through, "and so is `using`");
    drop(owner(part()));
    assert_eq!(logged(), through, "and so is `Drop`");
    assert_eq!(reported().len(), 1);
    let mut value = owner(part());
    value.dispose().unwrap_err();
    assert_eq!(logged(), format!("later {tried}"));
    drop(value);
    assert_eq!(logged(), format!("{left} parent"), "and so is `Drop` after a refusal");
    assert_eq!(reported().len(), 1);

    // Where another owner is around it, that one keeps its own too.
    let mut outer = owner(owner(part()));
    outer.dispose().unwrap_err();
    assert_eq!(logged(), format!("later later {tried}"));
    refuse(&[]);
    outer.dispose().unwrap();
    assert_eq!(logged(), format!("{left} parent parent"));
    // And where nothing is refused, nothing is kept.
    owner(part()).dispose().unwrap();
    assert_eq!(logged(), through);
}

#[derive(Dispose, Default)]
struct Child {
    #[unmanaged(release = release, on_error = keep)]
    k: Option<Handle>,
}

fn child(name: &'static str) -> Child {
    Child { k: Handle::some(name) }
}

/// One value that is refused.
const ONE: Expected =
    Expected { refused: &["k"], tried: "k", paths: &["part.k"], again: "k", left: "k", all: "k" };

#[test]
fn a_part_in_whatever_holds_one() {
    check(|| child("k"), &ONE);
    check(|| Box::new(child("k")), &ONE);
    check(|| Some(Box::new(child("k"))), &ONE);
    check(|| Box::pin(child("k")), &ONE);
    check(|| RefCell::new(child("k")), &ONE);
    check(|| Cell::new(child("k")), &ONE);
    check(|| Mutex::new(child("k")), &ONE);
    check(|| RwLock::new(Some(child("k"))), &ONE);
    check(|| -> Box<dyn Dispose> { Box::new(child("k")) }, &ONE);
    check(|| -> Option<Pin<Box<dyn Dispose + Unpin>>> { Some(Box::pin(child("k"))) }, &ONE);
}

#[test]
fn the_parts_of_a_tuple_are_fields() {
    let part = || (child("k0"), child("k1"), child("k2"));
    let expected = Expected {
        refused: &["k1"],
        tried: "k2 k1",
        paths: &["part.1.k"],
        again: "k1",
        left: "k1 k0",
        all: "k2 k1 k0",
    };
    check(part, &expected);
    check(|| Some(Box::new(part())), &expected);
}

#[test]
fn elements_are_siblings_and_all_are_tried() {
    let parts = || [child("k0"), child("k1"), child("k2")];
    let expected = Expected {
        refused: &["k2", "k0"],
        tried: "k2 k1 k0",
        paths: &["part[2].k", "part[0].k"],
        again: "k2 k0",
        left: "k2 k0",
        all: "k2 k1 k0",
    };
    check(parts, &expected);
    check(|| Vec::from(parts()), &expected);
    check(|| -> Box<[Child]> { Box::new(parts()) }, &expected);
    check(|| Some(Mutex::new(Vec::from(parts()))), &expected);
}

#[test]
fn what_is_inside_of_one_element_stops_that_element_alone() {
    check(
        || vec![(child("a0"), child("a1")), (child("b0"), child("b1"))],
        &Expected {
            refused: &["b1"],
            tried: "b1 a1 a0",
            paths: &["part[1].1.k"],
            again: "b1",
            left: "b1 b0",
            all: "b1 b0 a1 a0",
        },
    );
}

#[test]
fn parts_of_parts_to_any_depth() {
    #[derive(Dispose)]
    struct Deep {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[dispose]
        inner: Option<Box<Deep>>,
        #[unmanaged(release = release, on_error = keep)]
        kept: Option<Handle>,
        #[unmanaged(release = release)]
        last: Option<Handle>,
    }

    let deep = |names: [&'static str; 3], inner| {
        let [first, kept, last] = names.map(Handle::some);
        Deep { first, inner, kept, last }
    };
    let part = || {
        deep(
            ["a", "b", "c"],
            Some(Box::new(deep(["d", "e", "f"], Some(Box::new(deep(["g", "h", "i"], None)))))),
        )
    };
    let kept = |refused, tried, path, left| Expected {
        refused,
        tried,
        paths: path,
        again: refused[0],
        left,
        all: "c b f e i h g d a",
    };
    check(part, &kept(&["h"], "c b f e i h", &["part.inner.inner.kept"], "h g d a"));
    check(part, &kept(&["e"], "c b f e", &["part.inner.kept"], "e i h g d a"));
    check(part, &kept(&["b"], "c b", &["part.kept"], "b f e i h g d a"));
}

#[test]
fn in_an_enum_the_rule_is_the_variants() {
    #[derive(Dispose)]
    enum Variants {
        Named {
            #[unmanaged(release = release)]
            first: Option<Handle>,
            #[unmanaged(release = release, on_error = keep)]
            kept: Option<Handle>,
        },
        Tuple(#[unmanaged(release = release)] Option<Handle>, #[dispose] Child),
        #[allow(dead_code)]
        Free(
            #[unmanaged(release = release)] Option<Handle>,
            #[unmanaged(release = release)] Option<Handle>,
        ),
    }

    let expected = |paths| Expected {
        refused: &["k"],
        tried: "k",
        paths,
        again: "k",
        left: "k first",
        all: "k first",
    };
    let named = || Variants::Named { first: Handle::some("first"), kept: Handle::some("k") };
    check(named, &expected(&["part.kept"]));
    check(|| Variants::Tuple(Handle::some("first"), child("k")), &expected(&["part.1.k"]));
    refuse(&["k"]);
    let mut free = Variants::Free(Handle::some("first"), Handle::some("k"));
    free.dispose().unwrap_err();
    assert_eq!(logged(), "k first", "nothing of it is kept");
}

#[test]
fn each_element_is_tried_and_then_the_sequence_stops() {
    #[derive(Dispose)]
    struct Each {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[unmanaged(release = release, each, on_error = keep)]
        vec: Vec<Handle>,
        #[unmanaged(release = release, each, on_error = keep, invalid = Handle("none", dispose_tests::Fate::Succeed))]
        deque: VecDeque<Handle>,
    }

    let part = || Each {
        first: Handle::some("first"),
        vec: ["a", "b", "c"].map(Handle::new).into(),
        deque: ["x", "none", "z"].map(Handle::new).into(),
    };
    check(
        part,
        &Expected {
            refused: &["x"],
            tried: "z x",
            paths: &["part.deque[0]"],
            again: "x",
            left: "x c b a first",
            all: "z x c b a first",
        },
    );
    check(
        part,
        &Expected {
            refused: &["a", "c"],
            tried: "z x c b a",
            paths: &["part.vec[2]", "part.vec[0]"],
            again: "c a",
            left: "c a first",
            all: "z x c b a first",
        },
    );
}

#[test]
fn a_value_with_an_invalid_one() {
    #[derive(Dispose)]
    struct Sentinel {
        #[unmanaged(release = log)]
        first: Option<&'static str>,
        #[unmanaged(release = |n: i32| release(Handle::new(if n == 1 { "k" } else { "?" })), invalid = [-1, 0], on_error = keep)]
        id: i32,
    }

    check(
        || Sentinel { first: Some("first"), id: 1 },
        &Expected { paths: &["part.id"], left: "k first", all: "k first", ..ONE },
    );
}

mod by_hand {
    use super::*;

    #[test]
    fn an_owner_that_only_nests_follows_the_rule_unknowingly() {
        /// Knows nothing of the rule.
        struct Nesting(Child, Vec<Child>, Child);

        impl Dispose for Nesting {
            fn release_all(&mut self, failures: &mut Failures) {
                failures.nest("third", &mut self.2);
                failures.nest("second", &mut self.1);
                failures.nest("first", &mut self.0);
            }
            fn is_disposed(&self) -> bool {
                self.0.is_disposed() && self.1.is_disposed() && self.2.is_disposed()
            }
        }

        let part = || Nesting(child("a"), vec![child("b"), child("c")], child("d"));
        check(
            part,
            &Expected {
                refused: &["c"],
                tried: "d c b",
                paths: &["part.second[1].k"],
                again: "c",
                left: "c a",
                all: "d c b a",
            },
        );
        check(
            part,
            &Expected {
                refused: &["d"],
                tried: "d",
                paths: &["part.third.k"],
                again: "d",
                left: "d c b a",
                all: "d c b a",
            },
        );
    }

    #[test]
    fn an_owner_asks_whether_a_part_stayed() {
        /// Releases something itself after its part.
        struct Asking(Option<Handle>, Child);

        impl Dispose for Asking {
            fn release_all(&mut self, failures: &mut Failures) {
                assert!(!failures.is_stopped(), "a part has a disposal of its own");
                failures.nest("child", &mut self.1);
                if failures.is_stopped() {
                    assert!(!failures.is_last_attempt());
                    return;
                }
                if let Some(handle) = self.0.take() {
                    failures.record("first", release(handle));
                }
            }
            fn is_disposed(&self) -> bool {
                self.0.is_none() && self.1.is_disposed()
            }
        }

        check(
            || Asking(Handle::some("first"), child("k")),
            &Expected { paths: &["part.child.k"], left: "k first", all: "k first", ..ONE },
        );
        check(
            || vec![Asking(Handle::some("first"), child("k")), Asking(None, child("l"))],
            &Expected {
                refused: &["k", "l"],
                tried: "l k",
                paths: &["part[1].child.k", "part[0].child.k"],
                again: "l k",
                left: "l k first",
                all: "l k first",
            },
        );
    }

    #[test]
    fn a_sibling_that_failed_and_is_gone_does_not_undo_that_another_stayed() {
        /// Hands its own disposal on to a collection, as a wrapper may.
        struct Wrapping(Option<Handle>, Vec<Box<dyn Dispose>>);

        impl Dispose for Wrapping {
            fn release_all(&mut self, failures: &mut Failures) {
                self.1.release_all(failures);
                if failures.is_stopped() {
                    return;
                }
                if let Some(handle) = self.0.take() {
                    failures.record("first", release(handle));
                }
            }
            fn is_disposed(&self) -> bool {
                self.0.is_none() && self.1.is_disposed()
            }
        }

        #[derive(Dispose)]
        struct Consumed(#[unmanaged(release = release)] Option<Handle>);

        refuse(&["k", "x"]);
        let siblings: Vec<Box<dyn Dispose>> =
            vec![Box::new(Consumed(Handle::some("x"))), Box::new(child("k"))];
        let mut value = Wrapping(Handle::some("first"), siblings);
        value.dispose().unwrap_err();
        assert_eq!(logged(), "k x");
        assert!(value.0.is_some());
        refuse(&[]);
        value.dispose().unwrap();
        assert_eq!(logged(), "k first");
    }

    #[test]
    fn a_part_records_and_puts_back() {
        /// Records the failure, puts the value back and returns.
        struct PuttingBack(Option<Handle>, Option<Handle>);

        impl Dispose for PuttingBack {
            fn release_all(&mut self, failures: &mut Failures) {
                if let Some(handle) = self.1.take() {
                    let outcome = release(handle);
                    let stays = outcome.is_err() && !failures.is_last_attempt();
                    failures.record("k", outcome);
                    if stays {
                        self.1 = Some(handle);
                        return;
                    }
                }
                if let Some(handle) = self.0.take() {
                    failures.record("first", release(handle));
                }
            }
            fn is_disposed(&self) -> bool {
                self.0.is_none() && self.1.is_none()
            }
        }

        let part = || PuttingBack(Handle::some("first"), Handle::some("k"));
        let expected = Expected { left: "k first", all: "k first", ..ONE };
        check(part, &expected);
        check(|| Some(Box::new(part())), &expected);
        check(
            || (part(), child("x")),
            &Expected { tried: "x k", paths: &["part.0.k"], all: "x k first", ..expected },
        );
    }

    /// Is never disposed, and says so; fails or not.
    struct Lazy(Option<&'static str>);

    impl Dispose for Lazy {
        fn release_all(&mut self, failures: &mut Failures) {
            log("lazy");
            if let Some(name) = self.0 {
                failures.record("lazy", release(Handle::new(name)));
            }
        }
        fn is_disposed(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_part_that_merely_says_that_it_holds_something_keeps_nothing() {
        refuse(&[]);
        for name in [None, Some("x")] {
            let mut value = owner((child("k"), Lazy(name)));
            value.dispose().unwrap();
            let own = if name.is_some() { "x " } else { "" };
            assert_eq!(logged(), format!("later lazy {own}k parent"));
            drop(value);
            assert_eq!(logged(), format!("lazy {own}").trim_end());
        }
    }

    #[test]
    fn a_part_that_fails_and_says_that_it_holds_something_keeps_its_owner() {
        record_reports();
        refuse(&["x"]);
        let mut value = owner((child("k"), Lazy(Some("x"))));
        value.dispose().unwrap_err();
        assert_eq!(logged(), "later lazy x");
        assert!(value.parent.is_some() && value.part.0.k.is_some());
        drop(value);
        assert_eq!(logged(), "lazy x k parent");
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.1.lazy: x refused]"]);
    }

    #[test]
    fn a_part_that_failed_in_an_earlier_attempt_keeps_nothing_in_this_one() {
        struct Once(bool);
        impl Dispose for Once {
            fn release_all(&mut self, failures: &mut Failures) {
                if !std::mem::replace(&mut self.0, true) {
                    failures.record("once", Err(Refused("once")));
                }
            }
            fn is_disposed(&self) -> bool {
                false
            }
        }
        refuse(&[]);
        let mut value = owner(Once(false));
        value.dispose().unwrap_err();
        assert_eq!(logged(), "later");
        value.dispose().unwrap();
        assert_eq!(logged(), "parent");
    }
}

#[test]
fn a_failure_that_consumes_keeps_nothing() {
    #[derive(Dispose)]
    struct Consumed(#[unmanaged(release = release)] Option<Handle>);
    refuse(&["k", "later"]);
    let mut value = owner(vec![Consumed(Handle::some("x")), Consumed(Handle::some("k"))]);
    assert_eq!(value.dispose().unwrap_err().len(), 2);
    assert_eq!(logged(), "later k x parent");
    assert!(value.is_disposed());
}

#[test]
fn before_runs_again_and_finds_what_is_left() {
    #[derive(Dispose)]
    #[dispose(before = |this| { log(format!("before:{}", usize::from(this.later.is_some()) + usize::from(this.kept.is_some()))); Err(Refused("before")) })]
    struct Flushed {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[unmanaged(release = release, on_error = keep)]
        kept: Option<Handle>,
        #[unmanaged(release = release)]
        later: Option<Handle>,
    }
    refuse(&["k"]);
    let mut value = Flushed {
        first: Handle::some("first"),
        kept: Handle::some("k"),
        later: Handle::some("later"),
    };
    let error = value.dispose().unwrap_err();
    assert_eq!(paths(&error), ["before", "kept"], "a failure of `before` stops nothing");
    assert_eq!(logged(), "before:2 later k");
    refuse(&[]);
    assert_eq!(paths(&value.dispose().unwrap_err()), ["before"]);
    assert_eq!(logged(), "before:1 k first");
    value.dispose().unwrap();
    assert_eq!(logged(), "");
}

#[test]
fn a_part_whose_before_fails_and_that_is_kept() {
    #[derive(Dispose)]
    #[dispose(before = |_| release(Handle::new("before")))]
    struct Part(#[unmanaged(release = release, on_error = keep)] Option<Handle>);
    let part = || Part(Handle::some("k"));
    refuse(&["before"]);
    let mut value = owner(part());
    value.dispose().unwrap_err();
    assert_eq!(logged(), "later before k parent", "it holds nothing any more");
    refuse(&["before", "k"]);
    let mut value = owner(part());
    assert_eq!(paths(&value.dispose().unwrap_err()), ["part.before", "part.0"]);
    assert_eq!(logged(), "later before k");
    refuse(&[]);
    value.dispose().unwrap();
    assert_eq!(logged(), "before k parent");
}

#[test]
fn a_field_that_only_release_async_can_release_counts_as_kept() {
    /// A field that only a future can release.
    #[derive(Dispose, AsyncDispose)]
    struct OnlyAsync {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[unmanaged(release_async = release_async)]
        only: Option<Handle>,
        #[unmanaged(release_async = release_async, each)]
        pool: Vec<Handle>,
    }

    record_reports();
    refuse(&[]);
    let part = |only, pool: &[&'static str]| OnlyAsync {
        first: Handle::some("first"),
        only,
        pool: pool.iter().copied().map(Handle::new).collect(),
    };
    let mut value = owner(part(Handle::some("only"), &[]));
    assert_eq!(paths(&value.dispose().unwrap_err()), ["part.only"]);
    assert_eq!(logged(), "later");
    assert!(value.parent.is_some() && value.part.only.is_some() && value.part.first.is_some());
    drop(value);
    assert_eq!(logged(), "first parent");
    assert_eq!(reported().len(), 1);
    let mut value = owner(part(Handle::some("only"), &["x", "y"]));
    assert_eq!(paths(&value.dispose().unwrap_err()), ["part.pool"]);
    assert_eq!((logged().as_str(), value.part.pool.len()), ("later", 2));
    value.part.pool.clear();
    value.part.only = None;
    value.dispose().unwrap();
    assert_eq!(logged(), "first parent", "empty ones keep nothing");
    let error = owner(part(Handle::some("only"), &["x"])).close().unwrap_err();
    assert_eq!(paths(&error), ["part.pool", "part.only"]);
    assert_eq!(logged(), "later first parent");
}

mod panics {
    use super::*;

    const K: &str = "k";

    #[derive(Dispose)]
    struct Family {
        _ordinary: Ordinary,
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep)]
        kept: Option<Handle>,
        #[unmanaged(release = release)]
        later: Option<Handle>,
    }

    fn family(later: Handle) -> Family {
        Family {
            _ordinary: Ordinary("o"),
            parent: Handle::some("parent"),
            kept: Handle::some(K),
            later: Some(later),
        }
    }

    #[test]
    fn before_it_the_pass_that_goes_on_keeps_as_the_attempt_does() {
        record_reports();
        refuse(&[K]);
        let mut value = family(Handle::panicking("later"));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "later panicked");
        assert_eq!(logged(), "later k");
        assert_eq!((value.kept, value.parent), (Handle::some(K), Handle::some("parent")));
        assert_eq!(reported(), ["Family [failed to dispose `Family`: kept: k refused]"]);
        drop(value);
        assert_eq!(logged(), "k parent ~o", "the `Drop` that follows is the last attempt");
        assert_eq!(reported().len(), 1);
        assert!(panic_of(|| family(Handle::panicking("later")).close()).is_some());
        assert_eq!(logged(), "later k parent ~o");
        assert!(panic_of(|| drop(family(Handle::panicking("later")))).is_some());
        assert_eq!(logged(), "later k parent ~o");
        assert_eq!(reported(), ["Family [failed to dispose `Family`: kept: k refused]"; 2]);
    }

    #[test]
    fn after_it_there_is_none_until_it_is_gone() {
        record_reports();
        refuse(&[K]);
        let mut value = family(Handle::new("later"));
        value.parent = Some(Handle::panicking("parent"));
        value.dispose().unwrap_err();
        assert_eq!(logged(), "later k");
        refuse(&[]);
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "parent panicked");
        assert_eq!(logged(), "k parent");
        drop(value);
        assert_eq!(logged(), "~o");
    }

    #[test]
    fn of_the_child_itself_consumes_it() {
        record_reports();
        let mut value = family(Handle::new("later"));
        value.kept = Some(Handle::panicking(K));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "k panicked");
        assert_eq!(logged(), "later k parent", "nothing is kept");
        assert!(value.is_disposed());
        drop(value);
        assert_eq!(logged(), "~o");
    }

    #[test]
    fn among_its_siblings() {
        record_reports();
        for position in 0..3 {
            let names = ["k0", "k1", "k2"];
            let children = || {
                let mut children = names.map(child);
                children[position].k = Some(Handle::panicking(names[position]));
                children
            };
            let expected = names.into_iter().filter(|name| *name != names[position]);
            let expected: Vec<_> = expected.rev().collect();
            refuse(&expected);
            let mut value = owner(Vec::from(children()));
            assert!(panic_of(|| value.dispose()).is_some());
            assert_eq!(logged(), "later k2 k1 k0");
            assert_eq!(value.parent, Handle::some("parent"));
            assert_eq!(reported().len(), 1);
            drop(value);
            assert_eq!(logged(), format!("{} parent", expected.join(" ")));
            assert_eq!(reported().len(), 1);
        }
    }

    #[test]
    fn inside_of_a_part_the_rest_of_which_is_refused() {
        record_reports();
        refuse(&[K]);
        let mut value = owner(family(Handle::panicking("inner")));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "inner panicked");
        assert_eq!(logged(), "later inner k");
        assert!(value.parent.is_some() && value.part.parent.is_some());
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.kept: k refused]"]);
        refuse(&[]);
        drop(value);
        assert_eq!(logged(), "k parent parent ~o");
        assert_eq!(reported(), [""; 0]);
    }

    #[test]
    fn inside_of_a_part_that_is_rid_of_everything() {
        record_reports();
        refuse(&[]);
        let mut value = owner(family(Handle::panicking("inner")));
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "later inner k parent parent");
        assert!(value.is_disposed());
        drop(value);
        assert_eq!(logged(), "~o");
    }

    #[test]
    fn in_before() {
        #[derive(Dispose)]
        #[dispose(before = Self::panic)]
        struct Part(#[dispose] Family);
        impl Part {
            #[expect(clippy::unused_self, reason = "as `before` calls it")]
            fn panic(&mut self) {
                panic!("before")
            }
        }
        record_reports();
        refuse(&[K]);
        let mut value = owner(Part(family(Handle::new("inner"))));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "before");
        assert_eq!(logged(), "later inner k");
        assert!(value.parent.is_some() && value.part.0.parent.is_some());
        refuse(&[]);
        assert_eq!(panic_of(|| drop(value)).unwrap(), "before");
        assert_eq!(logged(), "k parent parent ~o");
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.0.kept: k refused]"]);
    }

    #[test]
    fn between_the_parts_of_a_hand_written_owner() {
        struct ByHand(Child, bool, Child);
        impl Dispose for ByHand {
            fn release_all(&mut self, failures: &mut Failures) {
                failures.nest("second", &mut self.2);
                if std::mem::replace(&mut self.1, false) {
                    panic!("between");
                }
                failures.nest("first", &mut self.0);
            }
            fn is_disposed(&self) -> bool {
                self.0.is_disposed() && self.2.is_disposed()
            }
        }
        record_reports();
        refuse(&["a"]);
        let mut value = owner((child("x"), ByHand(child("a"), true, child("b"))));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "between");
        assert_eq!(logged(), "later b a");
        assert!(value.parent.is_some());
        refuse(&["b"]);
        value.part.1 = ByHand(child("a"), true, child("b"));
        assert_eq!(logged(), "a");
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "between");
        assert_eq!(logged(), "b", "what stayed before the panic keeps the rest after it");
        refuse(&[]);
        drop(value);
        assert_eq!(logged(), "b a x parent");
        assert_eq!(
            reported(),
            [
                "Owner [failed to dispose `Owner`: part.1.first.k: a refused]",
                "Owner [failed to dispose `Owner`: part.1.second.k: b refused]"
            ]
        );
    }

    #[test]
    fn of_the_question_whether_it_is_disposed() {
        struct Asked(Child);
        impl Dispose for Asked {
            fn release_all(&mut self, failures: &mut Failures) {
                self.0.release_all(failures);
            }
            fn is_disposed(&self) -> bool {
                panic!("asked")
            }
        }
        record_reports();
        refuse(&[K]);
        let mut value = owner(Asked(child(K)));
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "asked");
        assert_eq!(logged(), "later k");
        assert!(value.parent.is_some(), "in doubt it is kept");
        refuse(&[]);
        drop(value);
        assert_eq!(logged(), "k parent");
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.k: k refused]"]);
    }
}
