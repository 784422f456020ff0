//! Chains of parts that are `Option<Box<Self>>`, released with the stack of a few of them.
//!
//! A part is released by its owner's pass, so a chain of them has a pass on the stack for each. From some
//! level on the parts are taken out of their owners instead, all the way down, and released from the inside
//! out. Each is put back before its owner is released, and the owner's pass finds that the part is done.
//!
//! Any code with a `&mut` to the first container can do all of this. Only the note that a part is done must
//! not be forged: see [`Done`](crate::error::Done).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;

use crate::owned::drop_owned;
use crate::path::At;
use crate::type_name::Internal;
use crate::{Dispose, Failures};

/// Does what [`Part::nest`](crate::__private::Part::nest) does, for the part that a pass begins with.
#[inline]
pub fn nest_next<T: Dispose>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
) {
    nest(part, name, failures, next, true);
}

/// Does what [`nest_next`] does, where nothing looks at a part's owner while the owner is released. So the
/// part need not be back in it.
#[inline]
pub fn nest_next_unseen<T: Dispose>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
) {
    nest(part, name, failures, next, false);
}

#[expect(clippy::inline_always, reason = "for the many nodes without a next one")]
#[inline(always)]
fn nest<T: Dispose>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
    is_seen: bool,
) {
    if part.is_none() {
        failures.begin_part();
    } else if failures.is_far_down() {
        nest_far_down(part, name, failures, next, is_seen);
    } else {
        failures.nest_at(name, part);
    }
}

#[inline(never)]
fn nest_far_down<T: Dispose>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
    is_seen: bool,
) {
    let done = failures.take_done(part);
    if failures.begin_part() {
        match done {
            Some((list, false)) if list.is_untouched() => {}
            Some(done) => failures.append_done(name, done, part),
            None => nest_chain(part, name, failures, next, is_seen),
        }
    }
}

#[cold]
#[inline(never)]
fn nest_chain<T: Dispose>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
    is_seen: bool,
) {
    let own = failures.below();
    let above = take_all(part, &next);
    let (released, aside, panics) = (None, None, false);
    let mut chain =
        Chain { part, failures, at: name, own, above, released, aside, next, is_seen, panics };
    chain.release();
    chain.end();
}

/// Takes all of a chain, the outermost first.
fn take_all<T>(
    part: &mut Option<Box<T>>,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
) -> Vec<Box<T>> {
    let mut all = Vec::new();
    let mut part = part.take();
    while let Some(mut value) = part {
        part = next(&mut value).take();
        all.push(value);
    }
    all
}

/// A chain on its way, which goes back to where it was taken from.
struct Chain<'a, T: Dispose, P: At, N: Fn(&mut T) -> &mut Option<Box<T>>> {
    part: &'a mut Option<Box<T>>,
    failures: &'a mut Failures,
    at: P,
    /// The list of the part that is being released, or has been.
    own: ManuallyDrop<Failures>,
    above: Vec<Box<T>>,
    /// With all that is in it.
    released: Option<Box<T>>,
    /// Its contents, while they need not be there.
    aside: Option<Box<T>>,
    next: N,
    is_seen: bool,
    panics: bool,
}

impl<T: Dispose, P: At, N: Fn(&mut T) -> &mut Option<Box<T>>> Chain<'_, T, P, N> {
    fn release(&mut self) {
        while let Some(mut value) = self.above.pop() {
            if let Some(inner) = self.released.take() {
                if self.is_seen || !self.own.begin_anew() {
                    let container = (self.next)(&mut value);
                    *container = Some(inner);
                    self.own.begin_above(container);
                } else {
                    self.aside = Some(inner);
                }
            }
            let value = self.released.insert(value);
            self.panics = true;
            value.release_all(&mut self.own);
            self.panics = false;
            self.put_back();
        }
    }

    fn put_back(&mut self) {
        if let (Some(inner), Some(value)) = (self.aside.take(), &mut self.released) {
            // The container is empty, and the compiler need not look how it would drop what is in it.
            if let Some(other) = (self.next)(value).replace(inner) {
                drop(other);
            }
        }
    }

    fn end(&mut self) {
        *self.part = self.released.take();
        self.failures.append(self.at, &mut self.own, self.part);
    }
}

impl<T: Dispose, P: At, N: Fn(&mut T) -> &mut Option<Box<T>>> Drop for Chain<'_, T, P, N> {
    /// Runs the steps that have not begun, after a release panicked: those of its part, and then those above.
    /// A second panic aborts.
    fn drop(&mut self) {
        if self.panics {
            if let Some(value) = &mut self.released {
                self.own.rewind(value.__type_id(Internal));
                value.release_all(&mut self.own);
            }
            self.put_back();
            self.release();
            self.end();
        }
    }
}

/// Detaches such a part, as [`Part::detach`](crate::__private::Part::detach) does.
#[inline]
pub fn detach_next<T: Dispose>(
    part: &mut Option<Box<T>>,
    next: impl Fn(&mut T) -> &mut Option<Box<T>>,
) {
    if part.is_some() {
        drop_all(part, next);
    }
}

#[cold]
#[inline(never)]
fn drop_all<T: Dispose>(part: &mut Option<Box<T>>, next: impl Fn(&mut T) -> &mut Option<Box<T>>) {
    // Also those above one whose drop panics.
    struct Rest<T: Dispose>(Vec<Box<T>>);
    impl<T: Dispose> Drop for Rest<T> {
        fn drop(&mut self) {
            while let Some(value) = self.0.pop() {
                drop_owned(value);
            }
        }
    }
    let mut rest = Rest(take_all(part, next));
    while let Some(value) = rest.0.pop() {
        drop_owned(value);
    }
}
