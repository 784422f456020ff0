//! What other code can do with a derived type through `release_all`, which is public: nothing that
//! leaves a child behind its parent.

use std::cell::RefCell;
use std::sync::{Mutex, RwLock};

use dispose_core::{AsyncDispose, Dispose, Failures};
use dispose_tests::{
    Handle, block_on, hear_reports, log, logged, panic_of, release, release_async, reported,
};

#[derive(Dispose)]
struct Child {
    #[unmanaged(release = release, on_error = keep)]
    handle: Option<Handle>,
}

#[derive(Dispose)]
#[dispose(before = |_| log("before"))]
struct Owner {
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[dispose]
    child: Child,
}

fn owner(child: Handle) -> Owner {
    Owner { parent: Some(Handle::new("parent")), child: Child { handle: Some(child) } }
}

/// Counts some steps of its own, panics, and hands what it receives the second time to another.
struct Hands<'a, T: Dispose>(&'a mut T, bool);

impl<T: Dispose> Dispose for Hands<'_, T> {
    fn release_all(&mut self, failures: &mut Failures) {
        if !std::mem::replace(&mut self.1, true) {
            for _ in 0..5 {
                failures.nest("step", &mut Nothing);
            }
            panic!("handed on");
        }
        self.0.release_all(failures);
    }
    fn is_disposed(&self) -> bool {
        self.0.is_disposed()
    }
}

struct Nothing;

impl Dispose for Nothing {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

#[test]
fn steps_that_another_type_has_begun_skip_none() {
    hear_reports();
    let mut value = owner(Handle::new("child"));
    assert_eq!(panic_of(|| Hands(&mut value, false).dispose()).unwrap(), "handed on");
    assert_eq!(logged(), "before child parent");

    let mut value = owner(Handle::failing("child"));
    assert_eq!(panic_of(|| Hands(&mut value, false).dispose()).unwrap(), "handed on");
    assert_eq!(logged(), "before child", "a child that stays keeps its parent");
    drop(value);
    assert_eq!(logged(), "before child parent");
    reported();
}

#[test]
fn nor_of_what_is_only_awaited_or_in_a_collection() {
    #[derive(Dispose, AsyncDispose)]
    struct Awaited {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release_async = release_async)]
        child: Option<Handle>,
    }
    #[derive(Dispose)]
    struct Pool {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        children: Vec<Handle>,
    }
    hear_reports();
    let mut value =
        Awaited { parent: Some(Handle::new("parent")), child: Some(Handle::new("child")) };
    assert!(panic_of(|| Hands(&mut value, false).dispose()).is_some());
    assert_eq!(logged(), "", "a child that stays keeps its parent");
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(child child parent");

    let children = vec![Handle::new("a"), Handle::failing("b"), Handle::new("c")];
    let mut value = Pool { parent: Some(Handle::new("parent")), children };
    assert!(panic_of(|| Hands(&mut value, false).dispose()).is_some());
    assert_eq!(logged(), "c b a");
    value.children.clear();
    value.parent = None;
    reported();
}

/// A container hands on the pass after a panic as its own, so no step of the value in it repeats.
#[test]
fn in_a_container_every_step_runs_once() {
    #[derive(Dispose)]
    #[dispose(before = |_| log("before"))]
    struct Panics {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[unmanaged(release = release)]
        second: Option<Handle>,
    }
    #[derive(Dispose)]
    struct Holds<T: Dispose>(#[dispose] T);
    fn once<T: Dispose>(container: T) {
        assert_eq!(panic_of(|| Holds(container).dispose()).unwrap(), "second panicked");
        assert_eq!(logged(), "before second first");
    }
    let value =
        || Panics { first: Some(Handle::new("first")), second: Some(Handle::panicking("second")) };
    once(value());
    once(Some(value()));
    once(Box::new(value()));
    once(Box::new(value()) as Box<dyn Dispose>);
    once(Some(Box::new(Some(value()))));
    once(vec![value()]);
    once([value()]);
    once((value(),));
    once(RefCell::new(value()));
    once(Mutex::new(value()));
    once(RwLock::new(value()));
    once(Box::pin(value()));
}
