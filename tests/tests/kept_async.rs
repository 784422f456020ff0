//! Kept children, `keep_if` and `drop = G` in asynchronous disposals, cancelled at each await.

use dispose_core::{AsyncDispose, Close, Dispose, Failures, UsingError, using_async};
use dispose_tests::{
    Handle, Refused, abort, block_on, log, logged, panic_of, paths, pending_once, poll_times,
    record_reports, refuse, release, release_async, reported,
};

#[derive(Dispose, AsyncDispose)]
struct Owner<T: AsyncDispose> {
    #[unmanaged(release_async = release_async, release = release)]
    parent: Option<Handle>,
    #[dispose(async)]
    part: T,
    #[unmanaged(release_async = release_async, release = release)]
    later: Option<Handle>,
}

fn owner<T: AsyncDispose>(part: T) -> Owner<T> {
    Owner { parent: Handle::some("parent"), part, later: Handle::some("later") }
}

#[derive(Dispose, AsyncDispose)]
struct Child {
    #[unmanaged(release_async = release_async, release = release, on_error = keep)]
    k: Option<Handle>,
}

fn child(name: &'static str) -> Child {
    Child { k: Handle::some(name) }
}

/// The log of asynchronous releases of these handles.
fn awaited(names: &str) -> String {
    names.split_whitespace().map(|name| format!("({name} {name}")).collect::<Vec<_>>().join(" ")
}

/// Every life of an owner whose part is refused: what the first attempt tries of the part, what the
/// one that succeeds after it has left, and the whole.
fn check<T: AsyncDispose>(
    part: impl Fn() -> T,
    refused: &[&'static str],
    [tried, left, all]: [&str; 3],
    at: &[&str],
) {
    record_reports();
    refuse(refused);
    let mut value = owner(part());
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(paths(&error), at);
    assert_eq!(logged(), awaited(&format!("later {tried}")));
    assert_eq!(value.parent, Handle::some("parent"));
    assert!(value.ensure_live().is_ok());
    refuse(&[]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), awaited(&format!("{left} parent")));
    assert!(value.is_disposed());

    // Refused once, then left to `Drop`, which does not wait.
    refuse(refused);
    let mut value = owner(part());
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!(logged(), awaited(&format!("later {tried}")));
    drop(value);
    assert_eq!(logged(), format!("{left} parent"), "the last attempt goes through");
    assert_eq!(reported().len(), 1);
    // `using_async` is the last attempt, and waits.
    let result = block_on(using_async(owner(part()), async |_| Ok::<_, Refused>(())));
    assert!(matches!(result, Err(UsingError::Dispose(_))));
    assert_eq!(logged(), awaited(&format!("later {all} parent")));
    // An owner around it is kept too.
    let mut outer = owner((child("x"), owner(part())));
    block_on(outer.dispose_async()).unwrap_err();
    assert_eq!(logged(), awaited(&format!("later later {tried}")));
    assert!(outer.parent.is_some() && outer.part.0.k.is_some() && outer.part.1.parent.is_some());
    refuse(&[]);
    block_on(outer.dispose_async()).unwrap();
    assert_eq!(logged(), awaited(&format!("{left} parent x parent")));
}

#[test]
fn at_every_depth() {
    check(|| child("k"), &["k"], ["k"; 3], &["part.k"]);
    check(|| Some(Box::new(child("k"))), &["k"], ["k"; 3], &["part.k"]);
    check(
        || owner(child("k")),
        &["k"],
        ["later k", "k parent", "later k parent"],
        &["part.part.k"],
    );
}

#[test]
fn parts_of_a_tuple_are_fields_and_elements_are_siblings() {
    check(
        || (child("k0"), child("k1"), child("k2")),
        &["k1"],
        ["k2 k1", "k1 k0", "k2 k1 k0"],
        &["part.1.k"],
    );
    let parts = || [child("k0"), child("k1"), child("k2")];
    let expected = ["k2 k1 k0", "k2 k0", "k2 k1 k0"];
    check(parts, &["k2", "k0"], expected, &["part[2].k", "part[0].k"]);
    check(|| Vec::from(parts()), &["k2", "k0"], expected, &["part[2].k", "part[0].k"]);
    check(
        || -> Box<[Child]> { Box::new(parts()) },
        &["k2", "k0"],
        expected,
        &["part[2].k", "part[0].k"],
    );
}

#[test]
fn in_variants_and_in_each() {
    #[derive(Dispose, AsyncDispose)]
    enum Variants {
        Kept {
            #[unmanaged(release_async = release_async, release = release)]
            first: Option<Handle>,
            #[unmanaged(release_async = release_async, release = release, on_error = keep)]
            kept: Option<Handle>,
        },
        Each(
            #[unmanaged(release_async = release_async, release = release)] Option<Handle>,
            #[unmanaged(release_async = release_async, release = release, each, on_error = keep_if(|error| error.0.starts_with('k')))]
             Vec<Handle>,
        ),
    }

    let kept = || Variants::Kept { first: Handle::some("first"), kept: Handle::some("k") };
    check(kept, &["k"], ["k", "k first", "k first"], &["part.kept"]);
    let each =
        || Variants::Each(Handle::some("first"), ["k0", "consumed", "k2"].map(Handle::new).into());
    check(
        each,
        &["k0", "k2"],
        ["k2 consumed k0", "k2 k0 first", "k2 consumed k0 first"],
        &["part.1[2]", "part.1[0]"],
    );
    check(
        each,
        &["k0", "consumed"],
        ["k2 consumed k0", "k0 first", "k2 consumed k0 first"],
        &["part.1[1]", "part.1[0]"],
    );
}

#[test]
fn by_hand() {
    /// Only nests.
    struct ByHand(Child, Child);

    impl Dispose for ByHand {
        fn release_all(&mut self, failures: &mut Failures) {
            failures.nest("second", &mut self.1);
            failures.nest("first", &mut self.0);
        }
        fn is_disposed(&self) -> bool {
            self.0.is_disposed() && self.1.is_disposed()
        }
    }

    impl AsyncDispose for ByHand {
        async fn release_all_async(&mut self, failures: &mut Failures) {
            failures.nest_async("second", &mut self.1).await;
            failures.nest_async("first", &mut self.0).await;
        }
    }

    /// Releases something itself, and puts back what is refused.
    struct PuttingBack(Option<Handle>, Option<Handle>);

    impl Dispose for PuttingBack {
        fn release_all(&mut self, _: &mut Failures) {
            for handle in [self.1.take(), self.0.take()].into_iter().flatten() {
                let _ = release(handle);
            }
        }
        fn is_disposed(&self) -> bool {
            self.0.is_none() && self.1.is_none()
        }
    }

    impl AsyncDispose for PuttingBack {
        async fn release_all_async(&mut self, failures: &mut Failures) {
            if let Some(handle) = self.1.take() {
                let outcome = release_async(handle).await;
                let stays = outcome.is_err() && !failures.is_last_attempt();
                failures.record("k", outcome);
                if stays {
                    self.1 = Some(handle);
                    return;
                }
            }
            if let Some(handle) = self.0.take() {
                failures.record("first", release_async(handle).await);
            }
        }
    }

    let nesting = || ByHand(child("a"), child("b"));
    check(nesting, &["b"], ["b", "b a", "b a"], &["part.second.k"]);
    check(nesting, &["a"], ["b a", "a", "b a"], &["part.first.k"]);
    refuse(&["k"]);
    let mut value = owner(PuttingBack(Handle::some("first"), Handle::some("k")));
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!(logged(), awaited("later k"));
    assert!(value.parent.is_some());
    refuse(&[]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), awaited("k first parent"));
}

#[test]
fn synchronous_steps_of_an_asynchronous_disposal_keep_too() {
    /// Parts that are disposed of synchronously, on the way of an asynchronous disposal.
    #[derive(Dispose, AsyncDispose)]
    struct Mixed {
        #[unmanaged(release_async = release_async, release = release)]
        parent: Option<Handle>,
        #[dispose]
        part: Child,
        #[dispose]
        only: OnlyAsync,
        #[unmanaged(release = release, on_error = keep)]
        sync: Option<Handle>,
    }

    #[derive(Dispose, AsyncDispose)]
    struct OnlyAsync {
        #[unmanaged(release_async = release_async)]
        only: Option<Handle>,
    }

    let mixed = |only| Mixed {
        parent: Handle::some("parent"),
        part: child("k"),
        only: OnlyAsync { only },
        sync: Handle::some("sync"),
    };
    refuse(&["sync"]);
    let mut value = mixed(Handle::some("only"));
    assert_eq!(paths(&block_on(value.dispose_async()).unwrap_err()), ["sync"]);
    assert_eq!(logged(), "sync");
    refuse(&[]);
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(paths(&error), ["only.only"], "nothing awaits it there, so it counts as kept");
    assert_eq!(logged(), "sync");
    assert!(value.part.k.is_some() && value.only.only.is_some());
    value.only.only = None;
    refuse(&["k"]);
    assert_eq!(paths(&block_on(value.dispose_async()).unwrap_err()), ["part.k"]);
    assert_eq!(logged(), "k");
    refuse(&[]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "k (parent parent");
}

#[test]
fn keep_if_decides_and_before_runs_again() {
    #[derive(Dispose, AsyncDispose)]
    #[dispose(before = |_| log("before"))]
    struct Flushed {
        #[unmanaged(release_async = release_async, release = release)]
        first: Option<Handle>,
        #[unmanaged(release_async = release_async, release = release, on_error = keep_if(|error| { self.asked += 1; error.0 == self.busy }))]
        handle: Option<Handle>,
        busy: &'static str,
        asked: u32,
    }

    fn flushed(busy: &'static str) -> Flushed {
        Flushed { first: Handle::some("first"), handle: Handle::some("k"), busy, asked: 0 }
    }

    record_reports();
    refuse(&["k"]);
    let mut value = flushed("k");
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!((logged().as_str(), value.asked), ("before (k k", 1));
    value.busy = "";
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!((logged().as_str(), value.asked), ("before (k k (first first", 2));
    assert!(value.is_disposed());
    let result = block_on(using_async(flushed("k"), async |_| Ok::<_, Refused>(())));
    assert!(result.is_err());
    assert_eq!(logged(), "before (k k (first first", "nor is it asked in the last attempt");
    // Refused synchronously, released asynchronously, and the other way round.
    let mut value = flushed("k");
    value.dispose().unwrap_err();
    refuse(&[]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "before k before (k k (first first");
    refuse(&["k"]);
    let mut value = flushed("k");
    block_on(value.dispose_async()).unwrap_err();
    refuse(&[]);
    value.dispose().unwrap();
    assert_eq!(logged(), "before (k k before k first");
}

#[test]
fn a_question_that_panics_consumes_the_value() {
    #[derive(Dispose, AsyncDispose)]
    struct Asking(
        #[unmanaged(release_async = release_async, release = release)] Option<Handle>,
        #[unmanaged(release_async = release_async, release = release, on_error = keep_if(|_| panic!("asked")))]
         Option<Handle>,
    );
    record_reports();
    refuse(&["k"]);
    let mut value = Asking(Handle::some("first"), Handle::some("k"));
    assert_eq!(panic_of(|| block_on(value.dispose_async())).unwrap(), "asked");
    assert_eq!(reported(), ["Asking [failed to dispose `Asking`: 1: k refused]"]);
    assert_eq!((value.0.is_some(), value.1), (true, None));
    drop(value);
    assert_eq!(logged(), "(k k first");
}

#[test]
fn the_final_release_in_asynchronous_disposals() {
    /// `drop = G` beside fields that are awaited.
    #[derive(Dispose, AsyncDispose)]
    struct Final {
        #[unmanaged(release_async = release_async, release = release)]
        awaited: Option<Handle>,
        #[unmanaged(release = release, drop = abort, on_error = keep)]
        sync: Option<Handle>,
    }

    fn fin() -> Final {
        Final { awaited: Handle::some("awaited"), sync: Handle::some("k") }
    }

    record_reports();
    refuse(&[]);
    block_on(fin().dispose_async()).unwrap();
    assert_eq!(logged(), "k (awaited awaited");
    drop(fin());
    assert_eq!(logged(), "!k awaited");
    refuse(&["k"]);
    let mut value = fin();
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!(logged(), "k");
    drop(value);
    assert_eq!(logged(), "!k awaited");
    let result = block_on(using_async(fin(), async |_| Ok::<_, Refused>(())));
    assert!(matches!(result, Err(UsingError::Dispose(error)) if error.len() == 1));
    assert_eq!(logged(), "k !k (awaited awaited", "its caller cannot try again");
    // Cancelled, before the disposal and in it: what is left is dropped.
    let body = async |_: &mut Final| {
        pending_once().await;
        Ok::<_, Refused>(())
    };
    assert!(poll_times(using_async(fin(), body), 1).is_none());
    assert_eq!(logged(), "!k awaited");
    assert!(poll_times(using_async(fin(), body), 2).is_none());
    assert_eq!(logged(), "k !k (awaited");
    assert_eq!(reported(), ["Final [failed to dispose `Final`: sync: k refused]"]);
}

#[test]
fn cancelled_at_each_await() {
    /// Its three steps are pending once each.
    #[derive(Dispose, AsyncDispose)]
    struct Three {
        #[unmanaged(release_async = release_async, release = release)]
        a: Option<Handle>,
        #[unmanaged(release_async = release_async, release = release, on_error = keep)]
        b: Option<Handle>,
        #[unmanaged(release_async = release_async, release = release)]
        c: Option<Handle>,
    }

    record_reports();
    let three = || Three { a: Handle::some("a"), b: Handle::some("b"), c: Handle::some("c") };
    // What was seen of the cancelled future, what of `Drop`, and how many reports the hook received.
    let seen = [("", "c b a", 1), ("(c", "b a", 1), ("(c c (b", "a", 0), ("(c c (b b", "b a", 1)];
    for (polls, (log_of_future, log_of_drop, reports)) in seen.into_iter().enumerate() {
        refuse(&["b"]);
        let mut value = three();
        let end = poll_times(value.dispose_async(), polls);
        assert_eq!(logged(), log_of_future, "{polls} polls");
        if polls == 3 {
            assert_eq!(paths(&end.unwrap().unwrap_err()), ["b"]);
        } else {
            assert!(end.is_none());
            assert_eq!(reported(), [""; 0]);
        }
        drop(value);
        assert_eq!(logged(), log_of_drop, "{polls} polls, the value in flight counts as released");
        assert_eq!(reported().len(), reports, "{polls} polls");
    }
    // Cancelled in the retry.
    refuse(&["b"]);
    let mut value = three();
    block_on(value.dispose_async()).unwrap_err();
    assert!(poll_times(value.dispose_async(), 1).is_none());
    assert_eq!(logged(), "(c c (b b (b");
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(a a");
    // The failures before it go to the hook when a part is cancelled after it was refused.
    refuse(&["k1"]);
    let mut value = owner(vec![child("k0"), child("k1")]);
    assert!(poll_times(value.dispose_async(), 3).is_none());
    assert_eq!(logged(), "(later later (k1 k1 (k0");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part[1].k: k1 refused]"]);
    assert!(value.part[1].k.is_some() && value.parent.is_some());
    refuse(&[]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(k1 k1 (parent parent");
}

#[test]
fn a_panic_leaves_the_rest_to_drop() {
    record_reports();
    refuse(&["k1"]);
    let mut value = owner((child("k0"), child("k1")));
    value.later = Some(Handle::panicking("later"));
    assert!(panic_of(|| block_on(value.dispose_async())).is_some());
    assert_eq!(logged(), "(later later");
    block_on(value.dispose_async()).unwrap_err();
    assert_eq!(logged(), "(k1 k1");
    drop(value);
    assert_eq!(logged(), "k1 k0 parent");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.1.k: k1 refused]"]);
}

#[test]
fn close_does_not_wait() {
    refuse(&["k"]);
    owner(child("k")).close().unwrap_err();
    assert_eq!(logged(), "later k parent");
}
