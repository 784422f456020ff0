//! After a failure each owner of a list asks again what is below it: a release in between may have put something there,
//! which uses what the owner holds.

#![forbid(unsafe_code)]

mod common;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use dispose_core::{Dispose, Failures};

use common::Failed;

thread_local! {
    static IS_OPEN: Cell<bool> = const { Cell::new(false) };
    static TO_ROLL_BACK: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy)]
enum Handle {
    /// Its release fails.
    Lost,
    /// What needs the database: its release fails, and leaves a rollback.
    Session,
    /// What the session has left. It fails if the database is closed.
    Rollback,
    Database,
    /// Leaves a rollback, and panics.
    Panics,
    /// Does all rollbacks.
    RollsBack,
}

fn release(handle: Handle) -> Result<(), Failed> {
    match handle {
        Handle::Session => {
            TO_ROLL_BACK.set(TO_ROLL_BACK.get() + 1);
            return Err(Failed);
        }
        Handle::Database => IS_OPEN.set(false),
        Handle::Panics => {
            TO_ROLL_BACK.set(TO_ROLL_BACK.get() + 1);
            resume_unwind(Box::new("a release"));
        }
        Handle::RollsBack => TO_ROLL_BACK.set(0),
        Handle::Rollback if IS_OPEN.get() => {}
        Handle::Rollback | Handle::Lost => return Err(Failed),
    }
    Ok(())
}

/// Disposes of a list: nodes without a handle, the database, its session, and a node that fails.
fn run<T: Dispose>(node: impl Fn(Option<Handle>, Option<Box<T>>) -> T) {
    for above in [1, 100] {
        IS_OPEN.set(true);
        let list = [Handle::Lost, Handle::Session, Handle::Database]
            .map(Some)
            .into_iter()
            .chain((0..above).map(|_| None))
            .fold(None, |next, handle| Some(Box::new(node(handle, next))));
        let mut list = list.unwrap();
        assert_eq!(list.dispose().unwrap_err().len(), 2);
        assert!(IS_OPEN.get(), "the rollback needs it, below {above}");
        list.dispose().unwrap();
        assert!(!IS_OPEN.get() && TO_ROLL_BACK.get() == 0);
    }
}

/// Does the rollbacks that any session has left.
struct Rollbacks;

impl Dispose for Rollbacks {
    fn release_all(&mut self, failures: &mut Failures) {
        for _ in 0..TO_ROLL_BACK.take() {
            failures.record("rollback", release(Handle::Rollback));
        }
    }
    fn is_disposed(&self) -> bool {
        TO_ROLL_BACK.get() == 0
    }
}

#[derive(Dispose)]
struct Queued {
    #[dispose]
    rollbacks: Option<Rollbacks>,
    #[unmanaged(release = release)]
    handle: Option<Handle>,
    #[dispose]
    next: Option<Box<Queued>>,
}

fn queued(handle: Option<Handle>, next: Option<Box<Queued>>) -> Queued {
    Queued { rollbacks: next.is_none().then_some(Rollbacks), handle, next }
}

#[test]
fn in_a_queue_of_a_part_below() {
    run(queued);
}

/// Where nothing has failed, no owner asks. So what it would have heard does not count after a failure.
#[test]
fn after_a_panic() {
    let handles = [Handle::Panics, Handle::RollsBack, Handle::Lost, Handle::Database];
    let list = [None].into_iter().chain(handles.map(Some)).chain([None]);
    let list = list.fold(None, |next, handle| Some(Box::new(queued(handle, next))));
    let mut list = list.unwrap();
    IS_OPEN.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| list.dispose())).is_err());
    assert!(!IS_OPEN.get() && list.is_disposed());
}

/// The session leaves a node above the next one.
#[derive(Dispose)]
struct Relinked {
    #[unmanaged(release = |handle| {
        let result = release(handle);
        if TO_ROLL_BACK.take() > 0 {
            let next = self.next.take();
            self.next = Some(Box::new(Relinked { handle: Some(Handle::Rollback), next }));
        }
        result
    })]
    handle: Option<Handle>,
    #[dispose]
    next: Option<Box<Relinked>>,
}

#[test]
fn in_a_new_next_node() {
    run(|handle, next| Relinked { handle, next });
}
