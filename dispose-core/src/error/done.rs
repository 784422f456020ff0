//! The note that a part need not be reached, which [`chain`](crate::chain) leaves for the pass over its owner.

#![expect(clippy::ref_option, reason = "the containers themselves are meant")]

use alloc::boxed::Box;
use core::any::TypeId;
use core::mem;
use core::num::NonZeroUsize;
use core::ptr;

use super::List;
use crate::type_id;

/// The container whose part a pass need not reach, and what has failed in that part.
///
/// It is in the list of the container's owner, a `T`, when nothing but the pass over that `T` comes next;
/// and a derived pass begins with that part. Code that receives such a list for a `T` of its own cannot use
/// it for another type.
#[derive(Debug)]
pub(crate) struct Done {
    /// Of the container, until the pass has come to it.
    address: Option<NonZeroUsize>,
    of: TypeId,
    outcome: DoneOutcome,
}

/// How the pass over such a part ended.
#[derive(Debug)]
pub(crate) struct DoneOutcome {
    pub(crate) list: List,
    /// It stopped, because something was left.
    pub(crate) stopped: bool,
    /// The part holds nothing any more. It is `false` also if it was not asked.
    pub(crate) is_disposed: bool,
}

impl DoneOutcome {
    /// Returns `true` if nothing happened that its owner must know.
    pub(crate) fn is_plain(&self) -> bool {
        self.list.is_untouched() && !self.stopped
    }
}

impl Done {
    /// Creates a note for an owner of the type `of`.
    pub(crate) fn new(of: TypeId, list: List) -> Self {
        Self {
            address: None,
            of,
            outcome: DoneOutcome { list, stopped: false, is_disposed: false },
        }
    }

    /// Says that the part is in `container` now.
    #[inline]
    pub(crate) fn is_in<T: ?Sized>(&mut self, container: &Option<Box<T>>, stopped: bool) {
        self.address = address(container);
        (self.outcome.stopped, self.outcome.is_disposed) = (stopped, false);
    }

    /// Returns `true` if its owner will want to know whether the part is disposed of.
    #[inline]
    pub(crate) fn is_to_be_asked(&self) -> bool {
        self.outcome.stopped || !self.outcome.list.is_empty()
    }

    /// Says whether the part is disposed of.
    pub(crate) fn set_disposed(&mut self, is_disposed: bool) {
        self.outcome.is_disposed = is_disposed;
    }

    /// Returns how the part ended, if it is the one in `container`. The note then counts for no other.
    #[inline]
    pub(crate) fn take<T: ?Sized>(&mut self, container: &Option<Box<T>>) -> Option<DoneOutcome> {
        let is_it = self.address.take() == address(container) && self.of == type_id::of::<T>();
        let DoneOutcome { list, stopped, is_disposed } = &mut self.outcome;
        is_it.then(|| DoneOutcome {
            list: mem::replace(list, List::new()),
            stopped: *stopped,
            is_disposed: *is_disposed,
        })
    }
}

fn address<T: ?Sized>(container: &Option<Box<T>>) -> Option<NonZeroUsize> {
    NonZeroUsize::new(ptr::from_ref(container).addr())
}
