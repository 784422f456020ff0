//! Parts, entries and bodies that come back to their owner.

#![forbid(unsafe_code)]
#![allow(clippy::arc_with_non_send_sync, reason = "one thread, which comes back")]

use std::cell::RefCell;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use dispose_core::{
    Close, Dispose, DisposeError, DisposeStack, Failures, OwnedLease, Shared, TryClose, using,
};
use victim::{Connection, Handle, PartFirst, Refusing, Request, c};

/// Runs something in each of its passes.
struct Runs<'a>(Box<dyn FnMut() + 'a>);

impl Dispose for Runs<'_> {
    fn release_all(&mut self, _: &mut Failures) {
        (self.0)();
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

fn runs<'a>(run: impl FnMut() + 'a) -> Runs<'a> {
    Runs(Box::new(run))
}

fn none_left() {
    c::tick();
    assert_eq!(c::live(), 0);
}

#[test]
fn a_part_that_disposes_its_owner() {
    type Owner = Rc<RefCell<Option<Box<dyn Dispose>>>>;
    let owner = Owner::default();
    let again = |owner: &Owner| {
        let owner = Rc::clone(owner);
        runs(move || {
            if let Ok(mut owner) = owner.try_borrow_mut() {
                let _ = owner.as_mut().map(Dispose::dispose);
            }
            if let Some(owner) = owner.try_borrow_mut().ok().and_then(|mut owner| owner.take()) {
                drop(owner);
            }
        })
    };
    *owner.borrow_mut() = Some(Box::new(Refusing::new(again(&owner), again(&owner))));
    let _ = owner.borrow_mut().as_mut().unwrap().dispose();
    // Taken out, it can be reached, and is not there.
    let taken = owner.borrow_mut().take();
    drop(taken);
    none_left();

    // The value that is dropped puts another in its place.
    let other = Rc::clone(&owner);
    let part = runs(move || *other.borrow_mut() = Some(Box::new(Connection::new())));
    *owner.borrow_mut() = Some(Box::new(Refusing::new(part, again(&owner))));
    let value = owner.borrow_mut().take();
    drop(value);
    drop(owner.borrow_mut().take());
    none_left();
}

#[test]
fn a_body_that_exchanges_the_resource() {
    let mut other = Request::new();
    let swapped = using(Request::new(), |request| {
        mem::swap(request, &mut other);
        drop(mem::replace(request, Request::new()));
        Ok::<_, io::Error>(())
    });
    assert!(swapped.is_ok());
    drop(other);
    none_left();

    let mut kept = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        using(Request::new(), |request| -> Result<(), io::Error> {
            kept = Some(mem::replace(request, Request::new()));
            panic!("after the exchange")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(c::live(), 1);
    drop(kept);
    none_left();
}

#[test]
fn an_entry_that_pushes_onto_its_own_stack() {
    let stack = Rc::new(RefCell::new(DisposeStack::new()));
    let own = Rc::clone(&stack);
    stack.borrow_mut().defer(move || {
        // Borrowed while it is disposed, and free while what was taken is.
        if let Ok(mut stack) = own.try_borrow_mut() {
            stack.push(Request::new());
            stack.defer(|| panic!("an entry"));
        }
    });
    stack.borrow_mut().push(Request::new());
    let _ = stack.borrow_mut().dispose();
    none_left();

    let own = Rc::clone(&stack);
    stack.borrow_mut().defer(move || own.borrow_mut().push(Request::new()));
    let taken = stack.borrow_mut().take();
    drop(taken);
    assert_eq!(c::live(), 1);
    stack.borrow_mut().push(Request::new());
    stack.borrow_mut().defer(|| panic!("an entry"));
    let panicked = catch_unwind(AssertUnwindSafe(|| stack.borrow_mut().dispose()));
    assert!(panicked.is_err());
    none_left();
}

#[test]
fn a_shared_value_that_comes_back_while_it_is_closed() {
    /// Holds a lease of what holds it, and comes back when it is closed.
    struct Comes(Rc<RefCell<Option<Arc<Shared<Comes>>>>>, Option<Request>);

    impl Close for Comes {
        fn close(mut self) -> Result<(), DisposeError> {
            let shared = self.0.borrow().clone();
            if let Some(shared) = shared {
                assert!(shared.lease().is_err());
                assert!(shared.lease_owned().is_err());
                assert!(shared.is_disposed());
                let _ = shared.dispose();
            }
            self.1.take().map_or(Ok(()), Close::close)
        }
    }

    let back = Rc::default();
    let shared = Arc::new(Shared::new(Comes(Rc::clone(&back), Some(Request::new()))));
    *back.borrow_mut() = Some(Arc::clone(&shared));
    let lease: OwnedLease<_> = shared.lease_owned().unwrap();
    let _ = shared.dispose();
    assert_eq!(c::live(), 1);
    drop(lease);
    none_left();
    back.borrow_mut().take();

    // A lease that is leaked: the value stays until the last owner of the `Shared` goes.
    let shared = Shared::new(Handle::new(vec![Connection::new()], [Connection::new()]));
    mem::forget(shared.lease());
    let _ = shared.dispose();
    assert!(c::live() > 0);
    drop(shared);
    none_left();
}

#[test]
fn values_that_are_sent_back_and_forth() {
    c::be_busy(4);
    let mut value = Refusing::new(vec![Connection::new()], vec![Connection::new()]);
    for _ in 0..4 {
        let error = value.try_close().unwrap_err();
        let (back, _) = error.into_parts();
        let mut back = back.expect("it is alive");
        let mut other = Refusing::new(Vec::new(), Vec::new());
        mem::swap(&mut back, &mut other);
        value = other;
        // `back` is the new one, dropped: its last attempt, refused or not.
        c::be_busy(0);
        drop(back);
        c::be_busy(1);
    }
    c::be_busy(0);
    assert!(value.try_close().is_ok());
    none_left();
}

#[test]
fn a_part_that_closes_others_meanwhile() {
    let others = RefCell::new(vec![Request::new(), Request::new()]);
    let part = runs(|| drop(others.borrow_mut().pop().map(Close::close)));
    let owner = PartFirst::new((part, runs(|| drop(Request::new()))));
    assert!(owner.close().is_ok());
    others.borrow_mut().clear();
    none_left();
}
