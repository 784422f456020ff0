//! What [`chain`](crate::chain) does with a list of failures: one serves all parts of a chain, one after another.

#![expect(clippy::ref_option, reason = "the containers themselves are meant")]

use alloc::boxed::Box;
use core::any::TypeId;
use core::mem;

use super::{Failures, Phase};
use crate::error::{Done, DoneOutcome, List};
use crate::path::At;
use crate::type_id;

impl Failures {
    /// Returns `true` if any chain is to be released one by one.
    #[inline]
    pub(crate) fn is_far_down(&self) -> bool {
        self.depth.is_far_down()
    }

    /// Prepares for the owner of the part whose list this was. Returns `true` if nothing happened in the part.
    #[inline]
    pub(crate) fn begin_anew(&mut self) -> bool {
        (self.steps, self.phase) = (0, Phase::First);
        self.is_untouched() && !self.stopped
    }

    /// Prepares for the owner of the part whose list this was. The part is in `container` now.
    #[inline]
    pub(crate) fn begin_above<T: ?Sized>(&mut self, container: &Option<Box<T>>) {
        let stopped = self.stopped;
        (self.steps, self.phase, self.stopped) = (0, Phase::First, false);
        if !self.list.is_empty() || self.is_untouched() || self.list.rare().done.is_none() {
            self.prepare(type_id::of::<T>());
        }
        let rare = self.list.rare();
        (rare.resumes, rare.forgotten) = (None, false);
        if let Some(done) = &mut rare.done {
            done.is_in(container, stopped);
        }
    }

    /// Replaces the note that a part is done by one for an owner of the type `of`, with all that has failed.
    #[cold]
    #[inline(never)]
    fn prepare(&mut self, of: TypeId) {
        let failed = mem::replace(&mut self.list, List::new());
        self.list.rare().done = Some(Done::new(of, failed));
    }

    /// Returns the note for the owner if it will want to know whether the part is disposed of.
    #[inline]
    pub(crate) fn done_to_be_asked(&mut self) -> Option<&mut Done> {
        if self.is_last_attempt() {
            return None;
        }
        self.list.rare().done.as_mut().filter(|done| done.is_to_be_asked())
    }

    /// Returns how the part in `container` ended, if it has been released already.
    #[inline]
    pub(crate) fn take_done<T: ?Sized>(
        &mut self,
        container: &Option<Box<T>>,
    ) -> Option<DoneOutcome> {
        if self.is_untouched() {
            return None;
        }
        self.list.rare().done.as_mut()?.take(container)
    }

    /// Ends such a part, as [`append`](Self::append) does.
    pub(crate) fn append_done(&mut self, at: impl At, part: DoneOutcome) {
        let mut own = self.below();
        (own.list, own.stopped) = (part.list, part.stopped);
        self.append_with(at, &mut own, || part.is_disposed);
    }
}
