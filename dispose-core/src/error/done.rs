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
    list: List,
    /// The part's pass stopped, because something was left.
    stopped: bool,
}

impl Done {
    /// Creates a note for an owner of the type `of`.
    pub(crate) fn new(of: TypeId, list: List) -> Self {
        Self { address: None, of, list, stopped: false }
    }

    /// Says that the part is in `container` now.
    #[inline]
    pub(crate) fn is_in<T>(&mut self, container: &Option<Box<T>>, stopped: bool) {
        self.address = address(container);
        self.stopped = stopped;
    }

    /// Returns what failed in the part, and whether it stopped, if it is the one in `container`. The note
    /// then counts for no other.
    #[inline]
    pub(crate) fn take<T>(&mut self, container: &Option<Box<T>>) -> Option<(List, bool)> {
        let is_it = self.address.take() == address(container) && self.of == type_id::of::<T>();
        is_it.then(|| (mem::replace(&mut self.list, List::new()), self.stopped))
    }
}

fn address<T>(container: &Option<Box<T>>) -> Option<NonZeroUsize> {
    NonZeroUsize::new(ptr::from_ref(container).addr())
}
