//! Chains of parts that are `Option<Box<Self>>`, released with the stack of a few of them and without a list.
//!
//! A part is released by its owner's pass, so a chain of them has a pass on the stack for each. Here the parts
//! are taken out of their owners instead, all the way down, and released from the inside out. Meanwhile each
//! has the one above it where its next one was.
//!
//! Where nothing looks at an owner that is being released, the part goes back afterwards. Otherwise, and after
//! a failure, it goes back before, and the owner's pass finds that the part is done. That note takes memory, so
//! where a part must be seen this begins at a level that few chains reach.
//!
//! In `Drop` each node would have a pass over all below it again. The first one's is enough: see [`drop_node`].
//!
//! Any code with a `&mut` to the first container can do all of this. Only the note that a part is done must
//! not be forged: see [`Done`](crate::error::Done).

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};

use crate::__private::HasDrop;
use crate::disposal;
use crate::dispose::InPlace;
use crate::path::At;
use crate::type_name::Internal;
use crate::{Dispose, DropReport, Failures};

/// Does what [`Part::nest`](crate::__private::Part::nest) does, for the next node of a list.
#[expect(clippy::inline_always, reason = "for the many nodes without a next one")]
#[inline(always)]
pub fn nest_next<T: List + ?Sized>(part: &mut Option<Box<T>>, name: &str, failures: &mut Failures) {
    match T::unlinking() {
        _ if part.is_none() => {
            failures.begin_part();
        }
        Unlinking::Unseen => nest_all::<_, false>(part, name, failures),
        Unlinking::Seen if failures.is_far_down() => nest_all::<_, true>(part, name, failures),
        Unlinking::Seen | Unlinking::Never => failures.nest_counted(name, part),
    }
}

#[inline(never)]
fn nest_all<T: List + ?Sized, const IS_SEEN: bool>(
    part: &mut Option<Box<T>>,
    name: &str,
    failures: &mut Failures,
) {
    let done = failures.take_done(part);
    if !failures.begin_part() {
        return;
    }
    match done {
        Some(part) if part.is_plain() => {}
        Some(part) => failures.append_done(name, part),
        None => {
            let (mut above, len) = turn(part);
            // The level of the innermost is good enough for all: it is only about time.
            let own = failures.levels_below(len.try_into().unwrap_or(u8::MAX));
            let (released, is_held) = (None, false);
            let mut chain = Chain { part, failures, at: name, own, released, is_held };
            if !IS_SEEN {
                above = chain.release_unseen(above);
            }
            chain.release(above);
            chain.end();
        }
    }
}

/// Takes a chain out and turns it round: the innermost part comes first, and each has the one above it in its
/// container. Returns also how many they are.
fn turn<T: List + ?Sized>(part: &mut Option<Box<T>>) -> (Option<Box<T>>, usize) {
    let (mut above, mut len) = (None, 0);
    let mut part = part.take();
    while let Some(mut value) = part {
        part = mem::replace(value.below_mut(), above);
        above = Some(value);
        len += 1;
    }
    (above, len)
}

/// A chain on its way, which goes back to where it was taken from.
struct Chain<'a, T: List + ?Sized, P: At> {
    part: &'a mut Option<Box<T>>,
    failures: &'a mut Failures,
    at: P,
    /// The list of the part that is being released, or has been.
    own: ManuallyDrop<Failures>,
    /// The outermost of those that are, with all that is in it.
    released: Option<Box<T>>,
    /// Whether one of those was found to hold something.
    is_held: bool,
}

impl<T: List + ?Sized, P: At> Chain<'_, T, P> {
    /// Releases each without its part in it, as long as nothing fails. Returns those that are left.
    fn release_unseen(&mut self, mut above: Option<Box<T>>) -> Option<Box<T>> {
        while let Some(mut value) = above {
            above = value.below_mut().take();
            above = self.release_one(value, above, false);
            if !self.own.begin_anew() {
                break;
            }
        }
        above
    }

    /// Releases each with its part in it.
    fn release(&mut self, mut above: Option<Box<T>>) {
        while let Some(mut value) = above {
            let is_innermost = self.released.is_none();
            let container = value.below_mut();
            above = mem::replace(container, self.released.take());
            if !is_innermost {
                self.own.begin_above(container);
            }
            above = self.release_one(value, above, !is_innermost);
        }
    }

    #[expect(clippy::inline_always, reason = "for each part of a long chain")]
    #[inline(always)]
    fn release_one(
        &mut self,
        value: Box<T>,
        above: Option<Box<T>>,
        has_part: bool,
    ) -> Option<Box<T>> {
        let mut pass = Pass { chain: self, value: Some(value), above };
        if let Some(value) = &mut pass.value {
            if has_part {
                pass.chain.ask_part(value);
            }
            value.release_all(&mut pass.chain.own);
        }
        if let Some(value) = pass.value.take() {
            pass.chain.put_back(value);
        }
        let above = pass.above.take();
        mem::forget(pass);
        above
    }

    /// Asks whether the part of `value` is disposed of, if its owner will want to know.
    #[inline]
    fn ask_part(&mut self, value: &mut T) {
        if let Some(done) = self.own.done_to_be_asked() {
            // A release of the part may have put something into what is below it. So all of it is asked again, but for
            // what held something: no owner of that was released.
            self.is_held = self.is_held || !value.below_mut().is_disposed();
            done.set_disposed(!self.is_held);
        }
    }

    /// `value` is released, too. Puts the part back into it, unless it is there.
    #[inline]
    fn put_back(&mut self, value: Box<T>) {
        let inner = self.released.take();
        let value = self.released.insert(value);
        if let Some(inner) = inner {
            if let Some(other) = value.below_mut().replace(inner) {
                drop_other(other);
            }
        }
    }

    fn end(&mut self) {
        *self.part = self.released.take();
        self.failures.append(self.at, &mut self.own, self.part);
    }
}

/// Drops what a release has put in the place of the part that comes back.
#[cold]
#[inline(never)]
fn drop_other<T: ?Sized>(other: Box<T>) {
    drop(other);
}

/// A part of a chain on its way, and those above it. If it panics, the rest of all of them is released.
struct Pass<'c, 'a, T: List + ?Sized, P: At> {
    chain: &'c mut Chain<'a, T, P>,
    value: Option<Box<T>>,
    above: Option<Box<T>>,
}

impl<T: List + ?Sized, P: At> Drop for Pass<'_, '_, T, P> {
    #[inline]
    fn drop(&mut self) {
        go_on(self.chain, self.value.take(), self.above.take());
    }
}

/// The part panicked, or what it has put in the place of its own part did. Its steps that have not begun run now. What is
/// left in a second panic aborts.
#[cold]
#[inline(never)]
fn go_on<T: List + ?Sized, P: At>(
    chain: &mut Chain<'_, T, P>,
    value: Option<Box<T>>,
    above: Option<Box<T>>,
) {
    if let Some(mut value) = value {
        chain.own.rewind(value.__type_id(Internal));
        value.release_all(&mut chain.own);
        chain.put_back(value);
    }
    chain.release(above);
    chain.end();
}

/// A node of a list, as its expansion describes it.
#[doc(hidden)]
pub trait List: Dispose {
    /// A value that only the type's own `Drop` can make. It says that Rust drops the fields next. It has a `Drop` by the
    /// same path as the type, so that is the language's, even if the author has written another one.
    type Key: HasDrop;

    /// The type of the field with the next node.
    type Next: Next<Self>;

    /// The field with the next node.
    fn next(&self, _: Access<Self>) -> &Self::Next;
    /// The same.
    fn next_mut(&mut self, _: Access<Self>) -> &mut Self::Next;

    /// Returns `true` if the node holds nothing, whatever the next one holds.
    fn is_empty(&self, _: Access<Self>) -> bool;

    /// Returns `true` if nothing but a node's owner can put anything into it.
    fn is_exclusive() -> bool;

    /// Returns whether the nodes may be out of their places while they are released.
    fn unlinking() -> Unlinking;
}

/// The field that owns the next node. Another type of the same name may only lend it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `Option<Box<…>>` of the standard library",
    label = "has its name",
    note = "give the type that has the name of `Option` or `Box` here another one"
)]
pub trait Next<T: ?Sized> {
    /// Returns the field.
    fn get(&self) -> &Option<Box<T>>;
    /// The same.
    fn get_mut(&mut self) -> &mut Option<Box<T>>;
    /// Seals the trait: only this crate can name the parameter.
    fn sealed(_: Internal);
}

impl<T: ?Sized> Next<T> for Option<Box<T>> {
    #[inline]
    fn get(&self) -> &Self {
        self
    }
    #[inline]
    fn get_mut(&mut self) -> &mut Self {
        self
    }
    fn sealed(_: Internal) {}
}

/// The right to reach the parts of a `T`, which are its own. Only this module can make one; and an impl for another
/// type receives none for `T`.
pub struct Access<T: ?Sized>(PhantomData<fn(&T)>);

/// Whether the nodes of a list may be out of their places while they are released.
#[derive(Clone, Copy)]
pub enum Unlinking {
    /// They may, because nothing looks at the next node then.
    Unseen,
    /// All but the next node of the one that is being released.
    Seen,
    /// They may not: the owner's pass does not begin with the next node.
    Never,
}

/// The methods of [`List`], with the right to call them.
trait Node: List {
    #[inline]
    fn below(&self) -> Option<&Self> {
        self.next(Access(PhantomData)).get().as_deref()
    }
    #[inline]
    fn below_mut(&mut self) -> &mut Option<Box<Self>> {
        self.next_mut(Access(PhantomData)).get_mut()
    }
    #[inline]
    fn is_empty_itself(&self) -> bool {
        self.is_empty(Access(PhantomData))
    }
}

impl<T: List + ?Sized> Node for T {}

/// Does what `is_disposed` does, of a list that begins with the node `first`.
#[inline]
pub fn is_each_disposed<T: List + ?Sized>(first: &T) -> bool {
    let mut node = Some(first);
    while let Some(value) = node {
        if !value.is_empty_itself() {
            return false;
        }
        node = value.below();
    }
    true
}

/// Does what [`drop_to`](crate::__private::drop_to) does, for a node of a list. The pass over the first node releases
/// all of them. So the `Drop` of each next one only asks the node alone, if the list is exclusive: such a question runs no
/// code of the user's.
#[inline]
pub fn drop_node<T: List + ?Sized>(
    node: &mut T,
    _: T::Key,
    explicit: bool,
    report: impl Fn(&DropReport),
) {
    let is_known = T::is_exclusive() && released::take(node) && node.is_empty_itself();
    if is_known || drop_first(node, explicit, report) {
        if let Some(next) = node.below() {
            released::set(next);
        }
    }
}

/// Returns `true` if all that is below the node is known to be disposed of.
// Out of line, so that little is on the stack where Rust drops the next node.
#[inline(never)]
fn drop_first<T: List + ?Sized>(
    node: &mut T,
    explicit: bool,
    report: impl Fn(&DropReport),
) -> bool {
    // To ask takes less than a pass.
    if T::is_exclusive() && is_each_disposed(node) {
        return true;
    }
    disposal::in_drop::<InPlace, _>(node, explicit, report);
    // A release may have put something into its own node again.
    T::is_exclusive() && node.below().is_none_or(is_each_disposed)
}

/// The node of an exclusive list that Rust drops next in this thread, after what is declared before it. In the `Drop` of its
/// owner it was found disposed of, with all that is below it.
///
/// No other value has a node's address and type until the node is dropped. If another list is dropped meanwhile, that one's
/// takes its place, and the node has its pass. Without `std` none is known.
mod released {
    #[cfg(feature = "std")]
    use core::{any::TypeId, cell::Cell};

    #[cfg(feature = "std")]
    std::thread_local!(static NEXT: Cell<Option<(usize, TypeId)>> = const { Cell::new(None) });

    #[cfg(feature = "std")]
    fn identity<T: ?Sized>(node: &T) -> (usize, TypeId) {
        (core::ptr::from_ref(node).addr(), crate::type_id::of::<T>())
    }

    #[cfg_attr(not(feature = "std"), expect(unused_variables, reason = "nothing is known"))]
    #[inline]
    pub(super) fn set<T: ?Sized>(node: &T) {
        #[cfg(feature = "std")]
        NEXT.set(Some(identity(node)));
    }

    /// Returns `true` if this is the node.
    #[cfg_attr(not(feature = "std"), expect(unused_variables, reason = "nothing is known"))]
    #[inline]
    pub(super) fn take<T: ?Sized>(node: &T) -> bool {
        #[cfg(feature = "std")]
        return NEXT.take() == Some(identity(node));
        #[cfg(not(feature = "std"))]
        false
    }
}
