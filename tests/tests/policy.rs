//! `#[dispose(on_drop = P)]`: a library's own say about failures in `Drop`; and what a report names.

#![allow(clippy::if_not_else, clippy::manual_assert, reason = "as the documentation writes it")]

use std::sync::Arc;

use dispose_core::{
    AsyncDispose, Close, Dispose, DisposeStack, DropReport, Shared, TryClose, using,
};
use dispose_tests::{
    Handle, Ordinary, Refused, log, logged, panic_of, record_reports, refuse, release,
    release_async, reported,
};

fn own(report: &DropReport) {
    let forgotten = if report.forgotten() { " forgotten" } else { "" };
    let error = report.error().map_or(String::new(), |error| format!(" [{error}]"));
    log(format!("<{}{forgotten}{error}>", report.type_name()));
}

/// What [`own`] logs of a failure at `path` of the handle `x`.
fn own_report(name: &str, path: &str) -> String {
    format!("<{name} [failed to dispose `{name}`: {path}: x refused]>")
}

#[derive(Dispose)]
#[dispose(on_drop = own)]
struct ByPath(#[unmanaged(release = release)] Option<Handle>);

#[derive(Close)]
#[dispose(on_drop = |report| { own(report); })]
struct ByClosure(#[unmanaged(release = release, always)] Handle, Ordinary);

#[derive(Dispose)]
struct Usual(#[unmanaged(release = release)] Option<Handle>);

fn by_path() -> ByPath {
    ByPath(Handle::some("x"))
}

fn by_closure() -> ByClosure {
    ByClosure(Handle::new("x"), Ordinary("o"))
}

fn usual_report(name: &str, path: &str) -> [String; 1] {
    [format!("{name} [failed to dispose `{name}`: {path}: x refused]")]
}

#[test]
fn it_receives_failures_in_drop_instead_of_the_hook() {
    record_reports();
    refuse(&["x"]);
    drop(by_path());
    assert_eq!(logged(), format!("x {}", own_report("ByPath", "0")));
    drop(by_closure());
    assert_eq!(logged(), format!("x {} ~o", own_report("ByClosure", "0")));
    assert_eq!(reported(), [""; 0]);
    refuse(&[]);
    drop((by_path(), by_closure()));
    assert_eq!(logged(), "x x ~o", "nothing failed");
}

#[test]
fn a_caller_who_gets_the_error_gets_it_alone() {
    record_reports();
    refuse(&["x"]);
    by_path().dispose().unwrap_err();
    by_path().close().unwrap_err();
    by_path().try_close().unwrap_err();
    by_closure().close().unwrap_err();
    assert_eq!(logged(), "x x x x ~o");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn it_receives_what_was_forgotten() {
    #[derive(Dispose)]
    #[dispose(on_drop = |report| { own(report); }, explicit)]
    struct Explicit(#[unmanaged(release = release)] Option<Handle>);
    #[derive(Dispose, AsyncDispose)]
    #[dispose(on_drop = own)]
    struct OnlyAsync(#[unmanaged(release_async = release_async)] Option<Handle>);
    record_reports();
    refuse(&[]);
    drop(Explicit(Handle::some("x")));
    assert_eq!(logged(), "x <Explicit forgotten>");
    refuse(&["x"]);
    drop(Explicit(Handle::some("x")));
    assert_eq!(
        logged(),
        "x <Explicit forgotten [failed to dispose `Explicit`: 0: x refused]>",
        "one report"
    );
    drop(OnlyAsync(Handle::some("x")));
    assert_eq!(
        logged(),
        "<OnlyAsync forgotten [failed to dispose `OnlyAsync`: 0: can only be released by `dispose_async`]>"
    );
    let _ = panic_of(|| {
        let _value = Explicit(Handle::some("x"));
        panic!("elsewhere");
    });
    assert!(logged().starts_with("x <Explicit forgotten"), "also while unwinding");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn a_part_is_under_its_owners_policy() {
    #[derive(Dispose)]
    struct UsualOwner(#[dispose] Vec<ByPath>);
    #[derive(Dispose)]
    #[dispose(on_drop = own)]
    struct OwnOwner(#[dispose] (Usual, Option<ByPath>));
    #[derive(Dispose)]
    #[dispose(on_drop = ignore)]
    struct Silent(#[dispose] ByPath);
    record_reports();
    refuse(&["x"]);
    drop(UsualOwner(vec![by_path()]));
    assert_eq!((logged().as_str(), reported()), ("x", usual_report("UsualOwner", "0[0].0").into()));
    drop(OwnOwner((Usual(Handle::some("x")), None)));
    assert_eq!(logged(), format!("x {}", own_report("OwnOwner", "0.0.0")));
    drop(Silent(by_path()));
    assert_eq!(logged(), "x");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn what_is_owned_by_value_keeps_its_own() {
    #[derive(Dispose)]
    struct Owner(#[dispose] DisposeStack<'static>);
    record_reports();
    refuse(&["x"]);
    let by_path_report = format!("x {}", own_report("ByPath", "0"));
    let by_closure_report = format!("x {} ~o", own_report("ByClosure", "0"));
    drop(vec![by_path()]);
    assert_eq!(logged(), by_path_report, "an element of a `Vec`");
    drop(Box::new(by_path()) as Box<dyn Dispose>);
    assert_eq!(logged(), by_path_report);
    let stack = || {
        let mut stack = DisposeStack::new();
        stack.push(by_path());
        stack.push(by_closure());
        stack
    };
    drop(stack());
    assert_eq!(logged(), format!("{by_closure_report} {by_path_report}"), "of a stack");
    drop(Owner(stack()));
    assert_eq!(logged(), format!("{by_closure_report} {by_path_report}"), "as a part too");
    assert_eq!(reported(), [""; 0]);
    let mut adopted = DisposeStack::new();
    adopted.adopt(Handle::new("x"), release);
    drop(adopted);
    assert_eq!((logged().as_str(), reported()), ("x", usual_report("DisposeStack", "[0]").into()));
}

#[test]
fn what_a_dropped_shared_owns_keeps_its_own() {
    record_reports();
    refuse(&["x"]);
    drop(Shared::new(by_path()));
    assert_eq!(logged(), format!("x {}", own_report("ByPath", "0")));
    drop(Arc::new(Shared::new(by_closure())));
    assert_eq!(logged(), format!("x {} ~o", own_report("ByClosure", "0")));
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn what_a_last_lease_closes_goes_to_the_hook() {
    record_reports();
    refuse(&["x"]);
    let shared = Shared::new(by_path());
    let lease = shared.lease().unwrap();
    shared.dispose().unwrap();
    drop(lease);
    assert_eq!((logged().as_str(), reported()), ("x", usual_report("ByPath", "0").into()));
}

#[test]
fn failures_of_a_dispose_that_panics_and_of_using_go_to_the_hook() {
    #[derive(Dispose)]
    #[dispose(on_drop = own)]
    struct Two(
        #[unmanaged(release = release)] Option<Handle>,
        #[unmanaged(release = release)] Option<Handle>,
    );
    record_reports();
    refuse(&["x"]);
    let mut value = Two(Some(Handle::panicking("p")), Handle::some("x"));
    assert!(panic_of(|| value.dispose()).is_some());
    assert_eq!((logged().as_str(), reported()), ("x p", usual_report("Two", "1").into()));
    drop(value);
    assert!(panic_of(|| using(by_path(), |_| -> Result<(), Refused> { panic!("body") })).is_some());
    assert_eq!((logged().as_str(), reported()), ("x", usual_report("ByPath", "0").into()));
    drop(Two(Handle::some("x"), None));
    assert_eq!(logged(), format!("x {}", own_report("Two", "0")));
    let value = Two(Some(Handle::panicking("p")), Handle::some("x"));
    assert!(panic_of(|| drop(value)).is_some());
    assert_eq!(logged(), format!("x p {}", own_report("Two", "1")), "a `Drop` that panics is one");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn it_may_panic_unless_panicking() {
    #[derive(Dispose)]
    #[dispose(on_drop = |report| if !std::thread::panicking() { panic!("{report}") } else { own(report) })]
    struct Strict(
        #[allow(dead_code)] Ordinary,
        #[unmanaged(release = release)] Option<Handle>,
        #[unmanaged(release = release)] Option<Handle>,
    );
    #[derive(Close)]
    #[dispose(on_drop = |report| panic!("{report}"))]
    struct StrictByValue(Ordinary, #[unmanaged(release = release, always)] Handle);
    record_reports();
    refuse(&["x"]);
    let strict = || Strict(Ordinary("o"), Handle::some("first"), Handle::some("x"));
    assert_eq!(panic_of(|| drop(strict())).unwrap(), "failed to dispose `Strict`: 2: x refused");
    assert_eq!(logged(), "x first ~o", "after everything is released");
    let _ = panic_of(|| {
        let _value = strict();
        panic!("elsewhere");
    });
    assert_eq!(logged(), format!("x first {} ~o", own_report("Strict", "2")));
    let value = StrictByValue(Ordinary("o"), Handle::new("x"));
    assert_eq!(
        panic_of(|| drop(value)).unwrap(),
        "failed to dispose `StrictByValue`: 1: x refused"
    );
    assert_eq!(logged(), "x ~o");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn it_may_hand_on_and_ignore_one_code() {
    fn ignore_one(report: &DropReport) {
        if report.error().is_some_and(|error| error.downcast_ref() != Some(&Refused("x"))) {
            own(report);
        }
    }
    #[derive(Dispose)]
    #[dispose(on_drop = ignore_one)]
    struct Ignoring(#[unmanaged(release = release)] Option<Handle>);
    record_reports();
    refuse(&["x", "y"]);
    drop(Ignoring(Handle::some("x")));
    drop(Ignoring(Handle::some("y")));
    assert_eq!(logged(), "x y <Ignoring [failed to dispose `Ignoring`: 0: y refused]>");
}

#[test]
fn of_a_refused_value_the_last_attempt_reports() {
    #[derive(Dispose)]
    #[dispose(on_drop = own)]
    struct Kept(#[unmanaged(release = release, on_error = keep)] Option<Handle>);
    record_reports();
    refuse(&["x"]);
    let mut value = Kept(Handle::some("x"));
    value.dispose().unwrap_err();
    assert_eq!(logged(), "x");
    drop(value);
    assert_eq!(logged(), format!("x {}", own_report("Kept", "0")));
}

#[test]
fn of_generic_types_and_enums() {
    #[derive(Dispose)]
    #[dispose(on_drop = |report| { own(report); log(std::any::type_name::<T>()) })]
    enum Either<T> {
        Here(#[unmanaged(release = release)] Option<Handle>, #[allow(dead_code)] Option<T>),
        #[allow(dead_code)]
        Nothing,
    }

    refuse(&["x"]);
    drop(Either::<u8>::Here(Handle::some("x"), None));
    assert_eq!(logged(), format!("x {} u8", own_report("Either", "0")));
}

mod type_path {
    use super::*;

    fn path(report: &DropReport) {
        log(format!("{} {}", report.type_name(), report.type_path()));
    }

    pub(super) mod inner {
        use super::*;

        #[derive(Dispose)]
        #[dispose(on_drop = path)]
        pub(in super::super) struct Named(
            #[unmanaged(release = release)] pub(in super::super) Option<Handle>,
        );

        #[derive(Close)]
        #[dispose(on_drop = path)]
        pub(in super::super) struct Generic<'a, T>(
            #[unmanaged(release = release, always)] pub(in super::super) Handle,
            pub(in super::super) std::marker::PhantomData<&'a T>,
        );
    }

    #[test]
    fn is_the_full_path_of_the_type() {
        use inner::{Generic, Named};
        refuse(&["x"]);
        drop(Named(Handle::some("x")));
        assert_eq!(logged(), "x Named policy::type_path::inner::Named");
        drop(Generic::<Named>(Handle::new("x"), std::marker::PhantomData));
        assert_eq!(logged(), format!("x Generic {}", std::any::type_name::<Generic<'_, Named>>()));
        drop(Generic::<Vec<u8>>(Handle::new("x"), std::marker::PhantomData));
        assert_eq!(
            logged(),
            format!("x Generic {}", std::any::type_name::<Generic<'_, Vec<u8>>>())
        );
    }

    #[test]
    fn is_in_the_reports_of_the_hook_too() {
        thread_local!(static PATH: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") });
        // Its hook is not the one of the other tests, so it has a process of its own.
        if std::env::var_os("DISPOSE_TESTS_CHILD").is_none() {
            let test = "type_path::is_in_the_reports_of_the_hook_too";
            let child = dispose_tests::this_program()
                .args(["--exact", test])
                .env("DISPOSE_TESTS_CHILD", "1")
                .output()
                .unwrap();
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
            return;
        }
        dispose_core::set_drop_hook(Some(|report| PATH.set(report.type_path())));
        refuse(&["x"]);
        drop(Usual(Handle::some("x")));
        assert_eq!(PATH.get(), std::any::type_name::<Usual>());
        let shared = Shared::new(by_path());
        let lease = shared.lease().unwrap();
        shared.dispose().unwrap();
        drop(lease);
        assert_eq!(PATH.get(), std::any::type_name::<ByPath>());
        assert_eq!(logged(), "x x");
    }
}
