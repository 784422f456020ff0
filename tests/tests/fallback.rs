//! `on_error = keep_if(P)`: the error says whether the resource is alive. `drop = G`: what the
//! fallback calls instead of `release`.

#![allow(clippy::manual_assert, reason = "a panic is what is tested")]

use std::cell::Cell;

use dispose_core::{
    Close, Closing, Dispose, DisposeError, DisposeStack, Failures, Shared, StatusError, TryClose,
    UsingError, status, using,
};
use dispose_tests::{
    Fate, Handle, Ordinary, Refused, abort, log, logged, panic_of, paths, record_reports, refuse,
    release, reported,
};

fn text(result: Result<(), DisposeError>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "ok".into())
}

mod keep_if {
    use super::*;

    fn is_busy(error: &Refused) -> bool {
        log(format!("?{}", error.0));
        error.0.starts_with("busy")
    }

    #[derive(Dispose)]
    struct ByPath {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep_if(is_busy))]
        handle: Option<Handle>,
    }

    fn by_path(name: &'static str) -> ByPath {
        ByPath { parent: Handle::some("parent"), handle: Handle::some(name) }
    }

    #[test]
    fn the_error_decides() {
        refuse(&["busy", "broken"]);
        let mut value = by_path("busy");
        assert_eq!(text(value.dispose()), "failed to dispose `ByPath`: handle: busy refused");
        assert_eq!(logged(), "busy ?busy");
        assert_eq!(value.handle, Handle::some("busy"));
        assert!(value.parent.is_some());
        value.handle = Handle::some("broken");
        assert_eq!(text(value.dispose()), "failed to dispose `ByPath`: handle: broken refused");
        assert_eq!(logged(), "broken ?broken parent");
        assert!(value.is_disposed());
        let mut value = by_path("fine");
        value.dispose().unwrap();
        assert_eq!(logged(), "fine parent", "a success is no question");
    }

    #[test]
    fn it_is_not_asked_in_the_last_attempt() {
        record_reports();
        refuse(&["busy"]);
        assert_eq!(
            text(by_path("busy").close()),
            "failed to dispose `ByPath`: handle: busy refused"
        );
        drop(by_path("busy"));
        using(by_path("busy"), |_| Ok::<_, Refused>(())).unwrap_err();
        assert!(
            panic_of(|| using(by_path("busy"), |_| -> Result<(), Refused> { panic!() })).is_some()
        );
        assert_eq!(logged(), "busy parent busy parent busy parent busy parent");
        assert_eq!(reported().len(), 2);
    }

    #[test]
    fn a_closure_reads_the_checked_error_and_names_self() {
        /// `E` is the error of the outcome, after `check`; the closure names `self`.
        #[derive(Dispose)]
        struct Checked {
            #[unmanaged(release = |n: i32| { log(n); n }, check = status::zero, invalid = -1, on_error = keep_if(|error| { self.asked += 1; error.code() == self.busy }))]
            id: i32,
            busy: i128,
            asked: u32,
        }

        let mut value = Checked { id: 4, busy: 4, asked: 0 };
        let error = value.dispose().unwrap_err();
        assert_eq!(error.downcast_ref::<StatusError>().unwrap().code(), 4);
        assert_eq!((value.id, value.asked), (4, 1));
        value.busy = 5;
        value.dispose().unwrap_err();
        assert_eq!((value.id, value.asked), (-1, 2));
        value.id = 0;
        value.dispose().unwrap();
        assert_eq!((value.id, value.asked), (-1, 2));
        assert_eq!(logged(), "4 4 0");
    }

    #[test]
    fn a_question_that_panics_comes_after_the_record_and_the_value_counts_as_released() {
        #[derive(Dispose)]
        struct Asking {
            #[unmanaged(release = release)]
            parent: Option<Handle>,
            #[unmanaged(release = release, on_error = keep_if(|error| panic!("asked about {}", error.0)))]
            handle: Option<Handle>,
        }

        record_reports();
        refuse(&["k"]);
        let mut value = Asking { parent: Handle::some("parent"), handle: Handle::some("k") };
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "asked about k");
        assert_eq!(logged(), "k parent", "nothing is kept, so the rest is released");
        assert!(value.is_disposed());
        assert_eq!(reported(), ["Asking [failed to dispose `Asking`: handle: k refused]"]);
        drop(value);
        assert_eq!((logged().as_str(), reported().len()), ("", 0));
    }

    #[test]
    fn under_each_it_decides_for_each_element() {
        #[derive(Dispose)]
        struct Pool {
            #[unmanaged(release = release)]
            parent: Option<Handle>,
            #[unmanaged(release = release, each, on_error = keep_if(|error| { if error.0 == "panics" { panic!("asked") } is_busy(error) }))]
            pool: Vec<Handle>,
        }

        fn pool(names: &[&'static str]) -> Pool {
            Pool {
                parent: Handle::some("parent"),
                pool: names.iter().copied().map(Handle::new).collect(),
            }
        }

        record_reports();
        refuse(&["busy0", "busy1", "broken", "panics"]);
        let mut value = pool(&["busy0", "a", "broken", "busy1", "b"]);
        let error = value.dispose().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `Pool`: pool[3]: busy1 refused; pool[2]: broken refused; pool[0]: busy0 refused"
        );
        assert_eq!(logged(), "b busy1 ?busy1 broken ?broken a busy0 ?busy0");
        assert_eq!(value.pool, ["busy0", "busy1"].map(Handle::new));
        assert!(value.parent.is_some());
        value.pool = vec![Handle::new("broken")];
        value.dispose().unwrap_err();
        assert_eq!(logged(), "broken ?broken parent");
        assert!(value.is_disposed());
        let mut value = pool(&["a", "panics", "busy0"]);
        assert_eq!(panic_of(|| value.dispose()).unwrap(), "asked");
        assert_eq!(logged(), "busy0 ?busy0 panics a");
        assert_eq!((&value.pool[..], value.parent.is_some()), (&[Handle::new("busy0")][..], true));
        assert_eq!(
            reported(),
            ["Pool [failed to dispose `Pool`: pool[2]: busy0 refused; pool[1]: panics refused]"]
        );
        drop(value);
        assert_eq!(logged(), "busy0 parent");
        assert_eq!(reported(), ["Pool [failed to dispose `Pool`: pool[0]: busy0 refused]"]);
    }

    #[test]
    fn in_a_variant_the_closure_names_the_other_fields() {
        #[derive(Dispose)]
        enum Variant {
            Of {
                #[unmanaged(release = release)]
                parent: Option<Handle>,
                #[unmanaged(release = release, on_error = keep_if(|error| { *asked += 1; error.0 == *busy }))]
                handle: Option<Handle>,
                busy: &'static str,
                asked: u32,
            },
        }

        refuse(&["busy", "broken"]);
        let mut value = Variant::Of {
            parent: Handle::some("parent"),
            handle: Handle::some("busy"),
            busy: "busy",
            asked: 1,
        };
        value.dispose().unwrap_err();
        assert_eq!(logged(), "busy");
        let Variant::Of { busy, .. } = &mut value;
        *busy = "nothing";
        value.dispose().unwrap_err();
        assert_eq!(logged(), "busy parent");
        assert!(matches!(value, Variant::Of { asked: 3, .. }));
    }

    #[test]
    fn of_an_always_field() {
        #[derive(Close)]
        struct ByValue(#[unmanaged(release = release, always, on_error = keep_if(is_busy))] Handle);

        record_reports();
        refuse(&["busy", "broken"]);
        let (value, _) = ByValue(Handle::new("busy")).try_close().unwrap_err().into_parts();
        drop(value.unwrap());
        assert_eq!(logged(), "busy ?busy busy");
        let (value, _) = ByValue(Handle::new("broken")).try_close().unwrap_err().into_parts();
        assert!(value.is_none());
        ByValue(Handle::new("busy")).close().unwrap_err();
        assert_eq!(logged(), "broken ?broken busy");
        assert_eq!(reported(), ["ByValue [failed to dispose `ByValue`: 0: busy refused]"]);
    }
}

/// Fails for a handle whose fate it is.
fn abort_or_fail(Handle(name, fate): Handle) -> Result<(), Refused> {
    log(format!("!{name}"));
    if fate == Fate::Fail { Err(Refused("abort")) } else { Ok(()) }
}

#[derive(Dispose)]
struct File {
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[unmanaged(release = release, drop = abort)]
    file: Option<Handle>,
}

fn file(name: &'static str) -> File {
    File { parent: Handle::some("parent"), file: Handle::some(name) }
}

#[derive(Close)]
struct Handed(#[unmanaged(release = release, drop = abort, always)] Handle, Ordinary);

fn handed(name: &'static str) -> Handed {
    Handed(Handle::new(name), Ordinary("o"))
}

#[test]
fn calls_of_the_user_release_and_drop_is_final() {
    refuse(&[]);
    let mut value = file("f");
    value.dispose().unwrap();
    assert_eq!(logged(), "f parent", "dispose");
    drop(value);
    assert_eq!(logged(), "");
    file("f").close().unwrap();
    assert_eq!(logged(), "f parent", "close");
    file("f").try_close().unwrap();
    assert_eq!(logged(), "f parent", "try_close");
    drop(file("f"));
    assert_eq!(logged(), "!f parent", "drop");
    handed("h").close().unwrap();
    assert_eq!(logged(), "h ~o", "close by value");
    drop(handed("h"));
    assert_eq!(logged(), "!h ~o", "drop by value");
}

#[test]
fn using_releases_also_after_an_error_and_a_panic() {
    refuse(&[]);
    using(file("f"), |_| Ok::<_, Refused>(())).unwrap();
    using(file("f"), |_| Err::<(), _>(Refused("body"))).unwrap_err();
    assert!(panic_of(|| using(file("f"), |_| -> Result<(), Refused> { panic!("body") })).is_some());
    assert_eq!(logged(), "f parent f parent f parent");
    assert!(
        panic_of(|| using(handed("h"), |_| -> Result<(), Refused> { panic!("body") })).is_some()
    );
    assert_eq!(logged(), "h ~o");
}

#[test]
fn an_unwinding_scope_drops() {
    assert!(
        panic_of(|| {
            let _value = (file("f"), handed("h"));
            panic!("elsewhere");
        })
        .is_some()
    );
    assert_eq!(logged(), "!f parent !h ~o");
}

#[test]
fn after_a_release_that_consumed_or_panicked_it_is_not_called() {
    record_reports();
    refuse(&["f"]);
    let mut value = file("f");
    value.dispose().unwrap_err();
    drop(value);
    file("f").close().unwrap_err();
    file("f").try_close().unwrap_err();
    assert_eq!(logged(), "f parent f parent f parent");
    let panicking = || File { parent: None, file: Some(Handle::panicking("p")) };
    let mut value = panicking();
    assert!(panic_of(|| value.dispose()).is_some());
    drop(value);
    assert!(panic_of(|| panicking().close()).is_some());
    assert!(panic_of(|| Handed(Handle::panicking("p"), Ordinary("o")).close()).is_some());
    assert_eq!(logged(), "p p p ~o");
    assert_eq!(reported(), [""; 0]);
}

mod handed_down {
    use super::*;

    #[derive(Dispose)]
    struct Owner<T: Dispose>(#[dispose] T);

    fn check<T: Dispose>(part: impl Fn() -> T, released: &str, dropped: &str) {
        Owner(part()).dispose().unwrap();
        assert_eq!(logged(), released);
        Owner(part()).close().unwrap();
        assert_eq!(logged(), released);
        Owner(part()).try_close().unwrap();
        assert_eq!(logged(), released);
        using(Owner(part()), |_| Ok::<_, Refused>(())).unwrap();
        assert_eq!(logged(), released);
        drop(Owner(part()));
        assert_eq!(logged(), dropped);
    }

    #[test]
    fn to_parts_of_every_kind() {
        /// Only nests.
        struct ByHand<T>(T);

        impl<T: Dispose> Dispose for ByHand<T> {
            fn release_all(&mut self, failures: &mut Failures) {
                failures.nest("part", &mut self.0);
            }
            fn is_disposed(&self) -> bool {
                self.0.is_disposed()
            }
        }

        refuse(&[]);
        let (released, dropped) = ("f parent", "!f parent");
        check(|| file("f"), released, dropped);
        check(|| Some(Box::new(file("f"))), released, dropped);
        check(|| Owner(vec![file("f")]), released, dropped);
        check(|| -> Box<dyn Dispose> { Box::new([file("f")]) }, released, dropped);
        check(|| (file("f"), file("g")), "g parent f parent", "!g parent !f parent");
        check(|| ByHand(ByHand(file("f"))), released, dropped);
    }

    #[test]
    fn to_parts_by_hand_that_ask() {
        /// Decides by itself.
        struct Asking(bool);

        impl Dispose for Asking {
            fn release_all(&mut self, failures: &mut Failures) {
                if std::mem::replace(&mut self.0, true) {
                    return;
                }
                log(if failures.is_drop() { "quick" } else { "slow" });
                assert!(!failures.is_drop() || failures.is_last_attempt());
            }
            fn is_disposed(&self) -> bool {
                self.0
            }
        }

        check(|| Asking(false), "slow", "quick");
        check(|| vec![Asking(false), Asking(false)], "slow slow", "quick quick");
    }

    #[test]
    fn by_an_owner_by_value() {
        #[derive(Close)]
        struct ByValue(#[dispose] File);

        refuse(&[]);
        ByValue(file("f")).close().unwrap();
        assert_eq!(logged(), "f parent");
        drop(ByValue(file("f")));
        assert_eq!(logged(), "!f parent");
    }

    #[test]
    fn to_a_part_by_value_by_its_own_key() {
        /// A part that is only `Close` is closed, or says how it is dropped.
        #[derive(Dispose)]
        struct Parts {
            #[unmanaged(release = Close::close)]
            closed: Option<Handed>,
            #[unmanaged(release = Close::close, drop = drop)]
            dropped: Option<Handed>,
            #[unmanaged(release = Close::close, drop = drop, each)]
            all: Vec<Handed>,
        }

        refuse(&[]);
        let parts = || Parts {
            closed: Some(handed("a")),
            dropped: Some(handed("b")),
            all: vec![handed("c"), handed("d")],
        };
        parts().dispose().unwrap();
        assert_eq!(logged(), "d ~o c ~o b ~o a ~o");
        drop(parts());
        assert_eq!(logged(), "!d ~o !c ~o !b ~o a ~o");
    }
}

mod shared_and_stacks {
    use super::*;

    #[test]
    fn a_dropped_shared_drops_and_a_disposed_one_closes() {
        refuse(&[]);
        drop(Shared::new(handed("h")));
        assert_eq!(logged(), "!h ~o");
        drop(Shared::new(file("f")));
        assert_eq!(logged(), "!f parent");
        let shared = Shared::new(handed("h"));
        assert_eq!(shared.dispose().unwrap(), Closing::Released);
        drop(shared);
        assert_eq!(logged(), "h ~o");
        let shared = Shared::new(file("f"));
        let lease = shared.lease().unwrap();
        assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
        assert_eq!(logged(), "");
        drop(lease);
        assert_eq!(logged(), "f parent", "also deferred to the last lease");
        drop(shared);
        assert_eq!(logged(), "");
    }

    #[test]
    fn a_shared_that_an_owned_lease_drops() {
        refuse(&[]);
        let shared = std::sync::Arc::new(Shared::new(handed("h")));
        let lease = shared.lease_owned().unwrap();
        drop(shared);
        assert_eq!(logged(), "");
        drop(lease);
        assert_eq!(logged(), "!h ~o", "nothing closed it");
        let shared = std::sync::Arc::new(Shared::new(handed("h")));
        let lease = shared.lease_owned().unwrap();
        shared.dispose().unwrap();
        drop(shared);
        assert_eq!(logged(), "");
        drop(lease);
        assert_eq!(logged(), "h ~o");
    }

    fn stack() -> DisposeStack<'static> {
        let mut stack = DisposeStack::new();
        stack.push(file("f"));
        stack.push(handed("h"));
        stack.adopt(Handle::new("adopted"), release);
        stack
    }

    #[test]
    fn a_dropped_stack_drops_and_a_disposed_one_closes() {
        refuse(&[]);
        stack().dispose().unwrap();
        stack().close().unwrap();
        assert_eq!(logged(), "adopted h ~o f parent adopted h ~o f parent");
        drop(stack());
        assert_eq!(logged(), "adopted !h ~o !f parent");
        drop(stack().take());
        assert_eq!(logged(), "adopted !h ~o !f parent");
    }

    #[test]
    fn also_as_a_part() {
        #[derive(Dispose)]
        struct Owner(#[dispose] DisposeStack<'static>);

        refuse(&[]);
        Owner(stack()).dispose().unwrap();
        assert_eq!(logged(), "adopted h ~o f parent");
        drop(Owner(stack()));
        assert_eq!(logged(), "adopted !h ~o !f parent");
    }
}

mod refused {
    use super::*;

    #[derive(Dispose)]
    struct Context {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, drop = abort_or_fail, on_error = keep)]
        context: Option<Handle>,
    }

    fn context(fate: Fate) -> Context {
        Context { parent: Handle::some("parent"), context: Some(Handle("c", fate)) }
    }

    #[test]
    fn a_refused_close_or_using_is_followed_by_the_final_release() {
        refuse(&["c"]);
        let error = context(Fate::Succeed).close().unwrap_err();
        assert_eq!(error.to_string(), "failed to dispose `Context`: context: c refused");
        assert_eq!(logged(), "c !c parent");
        let error = context(Fate::Fail).close().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `Context`: context: c refused; context: abort refused",
            "both failures are under the same path"
        );
        assert_eq!(logged(), "c !c parent");
        let result = using(context(Fate::Fail), |_| Ok::<_, Refused>(()));
        assert!(matches!(result, Err(UsingError::Dispose(error)) if error.len() == 2));
        assert_eq!(logged(), "c !c parent");
        record_reports();
        assert!(
            panic_of(|| using(context(Fate::Fail), |_| -> Result<(), Refused> { panic!() }))
                .is_some()
        );
        assert_eq!(logged(), "c !c parent");
        assert_eq!(
            reported(),
            ["Context [failed to dispose `Context`: context: c refused; context: abort refused]"]
        );
    }

    #[test]
    fn a_refused_dispose_or_try_close_is_not() {
        record_reports();
        refuse(&["c"]);
        let mut value = context(Fate::Fail);
        value.dispose().unwrap_err();
        assert_eq!(logged(), "c");
        let (value, _) = value.try_close().unwrap_err().into_parts();
        assert_eq!(logged(), "c");
        drop(value.unwrap());
        assert_eq!(logged(), "!c parent", "`Drop` calls the final release alone");
        assert_eq!(reported(), ["Context [failed to dispose `Context`: context: abort refused]"]);
        refuse(&[]);
        context(Fate::Succeed).close().unwrap();
        assert_eq!(logged(), "c parent");
    }

    #[test]
    fn a_shared_that_is_disposed_closes_and_has_the_final_release() {
        record_reports();
        refuse(&["c"]);
        let shared = Shared::new(context(Fate::Fail));
        assert_eq!(shared.dispose().unwrap_err().len(), 2);
        assert_eq!(logged(), "c !c parent");
        let shared = Shared::new(context(Fate::Fail));
        let lease = shared.lease().unwrap();
        shared.dispose().unwrap();
        drop(lease);
        assert_eq!(logged(), "c !c parent");
        assert_eq!(reported().len(), 1);
    }

    #[test]
    fn the_kind_of_call_is_handed_down_to_refused_parts() {
        #[derive(Dispose)]
        struct Owner(#[unmanaged(release = release)] Option<Handle>, #[dispose] Vec<Context>);

        record_reports();
        refuse(&["c"]);
        let owner =
            || Owner(Handle::some("owner"), vec![context(Fate::Succeed), context(Fate::Fail)]);
        let mut value = owner();
        value.dispose().unwrap_err();
        assert_eq!(logged(), "c c");
        drop(value);
        assert_eq!(logged(), "!c parent !c parent owner");
        let error = owner().close().unwrap_err();
        assert_eq!(paths(&error), ["1[1].context", "1[1].context", "1[0].context"]);
        assert_eq!(logged(), "c !c parent c !c parent owner");
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: 1[1].context: abort refused]"]);
    }

    #[test]
    fn keep_if_is_asked_in_the_last_attempt_where_there_is_a_final_release() {
        #[derive(Dispose)]
        struct Deciding {
            #[unmanaged(release = release)]
            parent: Option<Handle>,
            #[unmanaged(release = release, drop = abort, on_error = keep_if(|error| { log(format!("?{}", error.0)); error.0 == "busy" }))]
            handle: Option<Handle>,
        }

        refuse(&["busy", "broken"]);
        let value = |name| Deciding { parent: Handle::some("parent"), handle: Handle::some(name) };
        value("busy").close().unwrap_err();
        assert_eq!(logged(), "busy ?busy !busy parent");
        value("broken").close().unwrap_err();
        assert_eq!(logged(), "broken ?broken parent", "it was consumed");
        value("fine").close().unwrap();
        assert_eq!(logged(), "fine parent");
        drop(value("busy"));
        assert_eq!(logged(), "!busy parent");
        let mut kept = value("busy");
        kept.dispose().unwrap_err();
        assert_eq!(logged(), "busy ?busy");
        drop(kept);
        assert_eq!(logged(), "!busy parent");
        let mut consumed = value("broken");
        consumed.dispose().unwrap_err();
        drop(consumed);
        assert_eq!(logged(), "broken ?broken parent");
    }

    #[test]
    fn after_a_question_that_panics_the_value_counts_as_released() {
        #[derive(Dispose)]
        struct Panicking(
            #[unmanaged(release = release, drop = abort, on_error = keep_if(|_| panic!("asked")))]
            Option<Handle>,
        );

        record_reports();
        refuse(&["k"]);
        assert_eq!(panic_of(|| Panicking(Handle::some("k")).close()).unwrap(), "asked");
        assert_eq!(logged(), "k");
        assert_eq!(reported(), ["Panicking [failed to dispose `Panicking`: 0: k refused]"]);
    }

    #[test]
    fn a_release_that_panics_in_close_is_not_followed_by_the_final_one() {
        record_reports();
        refuse(&[]);
        let value = context(Fate::Panic);
        assert!(panic_of(|| value.close()).is_some());
        assert_eq!(logged(), "c parent");
    }

    #[test]
    fn a_panic_elsewhere_does_not_change_the_kind_of_the_call() {
        #[derive(Dispose)]
        struct Part(
            #[dispose] Context,
            #[unmanaged(release = release, drop = abort)] Option<Handle>,
        );
        record_reports();
        refuse(&["c"]);
        let part = || Part(context(Fate::Fail), Some(Handle::panicking("p")));
        let mut value = part();
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "p c");
        drop(value);
        assert_eq!(logged(), "!c parent");
        assert!(panic_of(|| part().close()).is_some());
        assert_eq!(logged(), "p c !c parent");
        assert_eq!(
            reported(),
            [
                "Part [failed to dispose `Part`: 0.context: c refused]",
                "Part [failed to dispose `Part`: 0.context: abort refused]",
                "Part [failed to dispose `Part`: 0.context: c refused; 0.context: abort refused]"
            ]
        );
    }

    #[test]
    fn by_value() {
        #[derive(Close)]
        struct ByValue(
            #[unmanaged(release = release, drop = abort_or_fail, on_error = keep, always)] Handle,
            Ordinary,
        );

        record_reports();
        refuse(&["h"]);
        let value = |fate| ByValue(Handle("h", fate), Ordinary("o"));
        let error = value(Fate::Fail).close().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `ByValue`: 0: h refused; 0: abort refused"
        );
        assert_eq!(logged(), "h !h ~o");
        let (alive, error) = value(Fate::Fail).try_close().unwrap_err().into_parts();
        assert_eq!((logged().as_str(), error.len()), ("h", 1));
        drop(alive.unwrap());
        assert_eq!(logged(), "!h ~o");
        assert_eq!(reported().len(), 1);
        let (alive, _) = value(Fate::Succeed).try_close().unwrap_err().into_parts();
        let error = alive.unwrap().close().unwrap_err();
        assert_eq!((logged().as_str(), error.len()), ("h h !h ~o", 1));
        assert!(panic_of(|| value(Fate::Panic).close()).is_some());
        assert_eq!(logged(), "h ~o");
        assert_eq!(reported(), [""; 0]);
    }
}

mod forms {
    use super::*;

    #[test]
    fn of_every_key() {
        /// # Safety
        ///
        /// None is needed.
        unsafe fn unsafe_abort(handle: Handle) {
            abort(handle);
        }

        /// # Safety
        ///
        /// None is needed.
        unsafe fn unsafe_release(handle: Handle) -> Result<(), Refused> {
            release(handle)
        }

        #[derive(Dispose)]
        struct Forms {
            #[unmanaged(release = release, drop = "abort")]
            text: Option<Handle>,
            #[unmanaged(release = release, drop = |handle| self.abort(handle))]
            closure: Option<Handle>,
            #[unmanaged(release = release, unsafe(drop = unsafe_abort))]
            only_drop: Option<Handle>,
            #[unmanaged(unsafe(release = |handle| unsafe_release(handle)), drop = |mut handle| { handle.0 = "mutable"; abort(handle) })]
            only_release: Option<Handle>,
            #[unmanaged(unsafe(release = unsafe_abort), unsafe(drop = |handle| unsafe_abort(handle)))]
            both: Option<Handle>,
            #[unmanaged(release = |handle| if release(handle).is_ok() { Ok(()) } else { Err(Refused("twice")) }, drop = |handle| release(handle).or_else(|_| { abort(handle); Ok::<_, Refused>(()) }))]
            first_tries: Option<Handle>,
            count: u32,
        }

        impl Forms {
            fn abort(&mut self, handle: Handle) {
                self.count += 1;
                log(format!("!{}{}", handle.0, self.count));
            }
        }

        fn forms() -> Forms {
            Forms {
                text: Handle::some("text"),
                closure: Handle::some("closure"),
                only_drop: Handle::some("only_drop"),
                only_release: Handle::some("only_release"),
                both: Handle::some("both"),
                first_tries: Handle::some("first"),
                count: 0,
            }
        }

        refuse(&["first"]);
        forms().dispose().unwrap_err();
        assert_eq!(logged(), "first !both only_release only_drop closure text");
        drop(forms());
        assert_eq!(logged(), "first !first !both !mutable !only_drop !closure1 !text");
    }

    #[test]
    fn invalid_and_each_apply_to_both() {
        #[derive(Dispose)]
        struct Invalid {
            #[unmanaged(release = log, drop = |n: i32| log(format!("!{n}")), invalid = [-1, 0])]
            id: i32,
            #[unmanaged(release = log, drop = |n: i32| log(format!("!{n}")), invalid = 0, each)]
            ids: Vec<i32>,
        }

        let value = |id| Invalid { id, ids: vec![1, 0, 3] };
        value(7).dispose().unwrap();
        assert_eq!(logged(), "3 1 7");
        drop(value(7));
        assert_eq!(logged(), "!3 !1 !7");
        value(0).dispose().unwrap();
        drop(value(0));
        assert_eq!(logged(), "3 1 !3 !1");
    }

    #[derive(Dispose)]
    struct Each {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, drop = abort_or_fail, each, on_error = keep)]
        kept: Vec<Handle>,
        #[unmanaged(release = release, drop = abort_or_fail, each, on_error = keep_if(|error| error.0 != "x"))]
        decided: Vec<Handle>,
        #[unmanaged(release = release, drop = abort_or_fail, each)]
        consumed: Vec<Handle>,
    }

    fn each() -> Each {
        let handles = |names: [&'static str; 2]| names.map(Handle::new).into();
        Each {
            parent: Handle::some("parent"),
            kept: handles(["a", "b"]),
            decided: handles(["x", "y"]),
            consumed: handles(["m", "n"]),
        }
    }

    #[test]
    fn each_element_of_a_refused_collection() {
        record_reports();
        refuse(&["a", "x", "y", "n"]);
        let mut value = each();
        value.dispose().unwrap_err();
        assert_eq!(logged(), "n m y x");
        assert_eq!(value.decided, [Handle::new("y")]);
        drop(value);
        assert_eq!(logged(), "!y !b !a parent");
        let error = each().close().unwrap_err();
        assert_eq!(paths(&error), ["consumed[1]", "decided[1]", "decided[0]", "kept[0]"]);
        assert_eq!(logged(), "n m y !y x b a !a parent");
        let mut value = each();
        value.kept[0].1 = Fate::Panic;
        refuse(&[]);
        assert!(panic_of(|| value.close()).is_some());
        assert_eq!(logged(), "n m y x b a parent");
        assert_eq!(reported(), [""; 0]);
    }

    #[test]
    fn in_variants() {
        #[derive(Close)]
        enum ByValue {
            Named {
                #[unmanaged(release = |handle| { log(*count); release(handle) }, drop = |handle| { *count += 1; log(format!("{count}")); abort(handle) })]
                handle: Option<Handle>,
                count: u32,
            },
            Tuple(#[unmanaged(release = release, drop = |_| log(_1.0), always)] Handle, Ordinary),
        }

        refuse(&[]);
        let named = || ByValue::Named { handle: Handle::some("h"), count: 1 };
        named().close().unwrap();
        drop(named());
        assert_eq!(logged(), "1 h 2 !h");
        let tuple = || ByValue::Tuple(Handle::new("t"), Ordinary("o"));
        tuple().close().unwrap();
        drop(tuple());
        assert_eq!(logged(), "t ~o o ~o");
    }

    #[test]
    fn in_generic_types() {
        #[derive(Dispose)]
        struct Generic<T: Copy, F: FnMut(T)> {
            #[unmanaged(release = |value| (self.release)(value), drop = |_value| log("!"))]
            value: Option<T>,
            release: F,
        }

        let sum = Cell::new(0);
        let value = || Generic { value: Some(2), release: |n| sum.set(sum.get() + n) };
        value().dispose().unwrap();
        assert_eq!((sum.get(), logged().as_str()), (2, ""));
        drop(value());
        assert_eq!((sum.get(), logged().as_str()), (2, "!"));
    }
}

mod checks {
    use super::*;

    fn close(n: i32) -> i32 {
        log(n);
        n
    }
    fn quiet(n: i32) {
        log(format!("!{n}"));
    }

    #[test]
    fn what_the_final_release_returns_is_checked_unless_it_is_nothing() {
        fn kill(n: i32) -> i32 {
            log(format!("!{n}"));
            n - 1
        }

        #[derive(Dispose)]
        struct Checked {
            #[unmanaged(release = close, drop = kill, check = status::zero, invalid = -1)]
            both: i32,
            #[unmanaged(release = close, drop = quiet, check = status::zero, invalid = -1)]
            nothing: i32,
            #[unmanaged(release = close, drop = kill, check = |status| self.judge(status), invalid = -1, on_error = keep)]
            by_self: i32,
            judged: u32,
        }

        impl Checked {
            fn judge(&mut self, status: i32) -> Result<(), StatusError> {
                self.judged += 1;
                status::zero(status)
            }
        }

        record_reports();
        let value = |n| Checked { both: n, nothing: n, by_self: n, judged: 0 };
        value(0).dispose().unwrap();
        assert_eq!(logged(), "0 0 0");
        drop(value(1));
        assert_eq!(logged(), "!1 !1 !1");
        assert_eq!(reported(), [""; 0]);
        drop(value(5));
        assert_eq!(
            reported(),
            ["Checked [failed to dispose `Checked`: by_self: status 4; both: status 4]"]
        );
        assert_eq!(logged(), "!5 !5 !5");
        let error = value(5).close().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `Checked`: by_self: status 5; by_self: status 4; nothing: status 5; both: status 5"
        );
        assert_eq!(logged(), "5 !5 5 5");
    }

    #[test]
    fn positive_is_success_above_zero() {
        #[derive(Close)]
        struct Always(
            #[unmanaged(release = close, drop = quiet, check = status::positive, always)] i32,
        );

        Always(1).close().unwrap();
        for n in [0, -1] {
            let error = Always(n).close().unwrap_err();
            assert_eq!(error.downcast_ref::<StatusError>().unwrap().code(), i128::from(n));
        }
        drop(Always(0));
        assert_eq!(logged(), "1 0 -1 !0");
        assert!(status::positive(7_u8).is_ok() && status::positive(i64::MIN).is_err());
    }
}

#[test]
fn before_runs_in_drop_too_and_a_value_taken_out_is_neither_released_nor_dropped() {
    #[derive(Dispose)]
    #[dispose(before = |_| log("before"), explicit)]
    struct Guarded(#[unmanaged(release = release, drop = abort)] Option<Handle>);
    record_reports();
    refuse(&[]);
    drop(Guarded(Handle::some("x")));
    assert_eq!(logged(), "before !x");
    assert_eq!(reported(), ["Guarded forgotten"]);
    let mut value = Guarded(Handle::some("x"));
    assert_eq!(dispose_core::Slot::take(&mut value.0), Handle::some("x"));
    drop(value);
    assert_eq!((logged().as_str(), reported().len()), ("", 0));
}

#[test]
fn a_final_release_that_panics() {
    fn panic_in_drop(_: Handle) {
        panic!("abort")
    }

    #[derive(Dispose)]
    struct Panicking(
        #[unmanaged(release = release)] Option<Handle>,
        #[unmanaged(release = release, drop = panic_in_drop, on_error = keep)] Option<Handle>,
    );
    record_reports();
    refuse(&["k"]);
    let value = || Panicking(Handle::some("parent"), Handle::some("k"));
    assert_eq!(panic_of(|| drop(value())).unwrap(), "abort");
    assert_eq!(logged(), "parent");
    assert_eq!(panic_of(|| value().close()).unwrap(), "abort");
    assert_eq!(logged(), "k parent");
    assert_eq!(reported(), ["Panicking [failed to dispose `Panicking`: 1: k refused]"]);
}
