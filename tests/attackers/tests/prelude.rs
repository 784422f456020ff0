//! A prelude brings methods into scope that have the names of the expansion's own.

#![deny(unsafe_code)]

use std::cell::Cell;
use std::mem::ManuallyDrop;

use dispose_core::{Close, Dispose, status};

/// Of any value, taken by value: such a method comes before one that borrows.
mod prelude {
    #[allow(dead_code, clippy::wrong_self_convention, reason = "so it should be")]
    pub trait Methods: Sized {
        fn guard<F>(self, _: F) {
            unreachable!("a guard")
        }
        fn hold<F>(self, _: F) -> Self {
            unreachable!("a hold")
        }
        fn take<I, F>(self, _: I, _: F) -> Option<i32> {
            unreachable!("a take")
        }
        fn is_stopped(self) -> bool {
            false
        }
        fn is_drop(self) -> bool {
            unreachable!("what kind of call it is")
        }
        fn record<P, O>(self, _: P, _: O) {
            unreachable!("what failed")
        }
        fn of<S>(self, _: S) -> S {
            unreachable!("a status")
        }
        fn is_some(self) -> bool {
            unreachable!("what is in a collection")
        }
        fn is_out<I>(self, _: I) -> bool {
            unreachable!("a question")
        }
        fn part<P>(self, _: P) -> bool {
            unreachable!("a visit")
        }
        fn next<P, N>(self, _: P, _: N) -> bool {
            unreachable!("a visit")
        }
    }

    impl<T> Methods for T {}
}

thread_local!(static RELEASED: Cell<i32> = const { Cell::new(0) });

#[allow(unused_imports)]
mod victim {
    use super::prelude::*;
    use super::*;

    #[derive(Close)]
    #[allow(unsafe_code)]
    pub(super) struct Victim {
        pub(super) _ordinary: Box<u8>,
        #[unmanaged(release = |by: i32| RELEASED.set(RELEASED.get() + by), unsafe(always))]
        pub(super) value: ManuallyDrop<i32>,
        #[unmanaged(release = |()| RELEASED.set(*self.value))]
        pub(super) before: Option<()>,
    }

    #[derive(Dispose)]
    pub(super) struct Refusing {
        #[unmanaged(release = |by: i32| RELEASED.set(by))]
        pub(super) parent: Option<i32>,
        #[unmanaged(
            release = |()| 5,
            drop = |()| 0,
            check = status::zero,
            on_error = keep,
        )]
        pub(super) child: Option<()>,
    }

    #[derive(Dispose)]
    pub(super) struct Chain {
        #[unmanaged(release = |by: i32| RELEASED.set(RELEASED.get() + by))]
        pub(super) own: Option<i32>,
        #[dispose]
        pub(super) part: Option<Refusing>,
        #[dispose]
        pub(super) next: Option<Box<Chain>>,
    }
}

mod awaited {
    #[allow(unused_imports)]
    use super::prelude::*;
    use super::*;
    use dispose_core::AsyncDispose;

    pub(super) struct Child;

    impl Drop for Child {
        fn drop(&mut self) {
            RELEASED.set(RELEASED.get() + 1);
        }
    }

    #[allow(clippy::unused_async, reason = "it is dropped, and not awaited")]
    async fn goodbye(_: Child) {}

    #[derive(Dispose, AsyncDispose)]
    pub(super) struct Parent {
        #[unmanaged(release = |_| assert_eq!(RELEASED.get(), 2, "after its children"))]
        pub(super) parent: Option<i32>,
        #[unmanaged(release_async = goodbye, each)]
        pub(super) children: Vec<Child>,
    }
}

#[test]
fn children_without_a_release_are_dropped_before_their_parent() {
    RELEASED.set(0);
    drop(awaited::Parent { parent: Some(1), children: vec![awaited::Child, awaited::Child] });
    assert_eq!(RELEASED.get(), 2);
}

#[test]
fn a_refused_child_keeps_its_parent() {
    RELEASED.set(0);
    let mut refusing = victim::Refusing { parent: Some(1), child: Some(()) };
    assert!(refusing.dispose().is_err());
    assert_eq!((refusing.parent, RELEASED.get()), (Some(1), 0));
    drop(refusing);
    assert_eq!(RELEASED.get(), 1);
}

#[test]
fn they_are_not_called() {
    let make =
        || victim::Victim { _ordinary: Box::new(1), value: ManuallyDrop::new(2), before: Some(()) };
    make().close().unwrap();
    assert_eq!(RELEASED.get(), 4);
    drop(make());
    assert_eq!(RELEASED.get(), 4);
}

#[test]
fn nor_by_a_chain() {
    RELEASED.set(0);
    let node = |next| victim::Chain {
        own: Some(1),
        part: Some(victim::Refusing { parent: None, child: Some(()) }),
        next,
    };
    drop((1..20).fold(node(None), |next, _| node(Some(Box::new(next)))));
    assert_eq!(RELEASED.get(), 20);
}
