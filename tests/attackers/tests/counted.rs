//! Clones of a counted handle: as many releases as owners, whatever the clones of the other fields do.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};

use dispose_core::{Close, Dispose, DisposeStack, Failures, Shared, TryClose};
use victim::{Counted, CountedInPlace, c};

fn panics<R>(body: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err());
}

/// Panics when it is cloned for the last time.
struct Panics(Rc<Cell<u32>>);

impl Clone for Panics {
    fn clone(&self) -> Self {
        let left = self.0.get();
        assert!(left > 0, "no more");
        self.0.set(left - 1);
        Self(Rc::clone(&self.0))
    }
}

impl Dispose for Panics {
    fn release_all(&mut self, _: &mut Failures) {
        self.0.set(self.0.get() + 1);
        assert!(self.0.get() < 5, "a release that panics");
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

#[test]
fn a_panic_in_the_clone_of_another_field() {
    let one = Counted::new(Panics(Rc::new(Cell::new(1))));
    let two = one.clone();
    panics(|| one.clone());
    assert_eq!(two.owners(), 2);
    drop(one);
    assert_eq!(two.owners(), 1);
    two.close().unwrap();

    let mut one = CountedInPlace::new(Panics(Rc::new(Cell::new(1))));
    let two = one.clone();
    panics(|| one.clone());
    assert_eq!(two.owners(), 2);
    one.dispose().unwrap();
    assert_eq!((one.owners(), two.owners()), (0, 1));
    let empty = one.clone();
    assert_eq!((empty.owners(), two.owners()), (0, 1));
    drop(two);
    drop((one, empty));
    assert_eq!(c::live(), 0);
}

#[test]
fn a_library_that_refuses() {
    let one = CountedInPlace::new(Panics(Rc::new(Cell::new(3))));
    c::be_busy(1);
    panics(|| one.clone());
    assert_eq!(one.owners(), 1);
    c::be_busy(0);
    let two = one.clone();
    assert_eq!(one.owners(), 2);
    drop((one, two.try_close()));
    assert_eq!(c::live(), 0);
}

#[test]
fn a_clone_within_a_clone() {
    /// Clones its owner while it is cloned, until there are enough.
    struct Reaches {
        owner: RefCell<Weak<Counted<Reaches>>>,
        left: Rc<Cell<u32>>,
        clones: Rc<RefCell<Vec<Counted<Reaches>>>>,
    }

    impl Clone for Reaches {
        fn clone(&self) -> Self {
            if let (Some(owner), Some(left)) =
                (self.owner.borrow().upgrade(), self.left.get().checked_sub(1))
            {
                self.left.set(left);
                let clone = Counted::clone(&owner);
                self.clones.borrow_mut().push(clone);
            }
            let Self { owner, left, clones } = self;
            Self { owner: owner.clone(), left: left.clone(), clones: clones.clone() }
        }
    }

    let clones = Rc::default();
    let value = Reaches {
        owner: RefCell::default(),
        left: Rc::new(Cell::new(7)),
        clones: Rc::clone(&clones),
    };
    let owner = Rc::new(Counted::new(value));
    *owner.value.owner.borrow_mut() = Rc::downgrade(&owner);
    let last = Counted::clone(&owner);
    assert_eq!((clones.borrow().len(), last.owners()), (7, 9));
    let made = clones.take();
    drop(owner);
    for (closed, clone) in (1..).zip(made) {
        assert_eq!(clone.owners(), 9 - closed);
        clone.close().unwrap();
    }
    assert_eq!(last.owners(), 1);
    drop(last);
    assert_eq!(c::live(), 0);
}

#[test]
fn clones_of_clones_in_every_container() {
    let one = Counted::new(());
    let mut all = vec![Counted::clone(&one); 5];
    all.resize(9, Counted::clone(&one));
    all[0].clone_from(&one);
    let boxed: Box<[_]> = all.clone().into_boxed_slice();
    assert_eq!(one.owners(), 1 + 9 + 9);
    std::mem::forget(boxed.clone());
    assert_eq!(c::live(), 1 + 9 + 9 + 9, "leaked, which is safe");
    let shared = Shared::new(Counted::clone(&one));
    let lease = shared.lease().unwrap();
    let outlives = Counted::clone(&lease);
    shared.dispose().unwrap();
    drop(lease);
    assert_eq!(outlives.owners(), 1 + 9 + 9 + 9 + 1);
    let mut stack = DisposeStack::new();
    boxed.into_iter().for_each(|counted| stack.push(counted));
    stack.push(Counted::clone(&outlives));
    stack.dispose().unwrap();
    drop(all);
    drop(outlives);
    assert_eq!(one.owners(), 1 + 9);
    drop(one);
    assert_eq!(c::live(), 9);
}
