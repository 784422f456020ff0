//! Chains of parts, dropped from the inside out.
//!
//! The `Drop` of each part goes through all that is in it. In a long chain that is quadratic, so the
//! outermost value takes the parts out of their containers and drops them here: each when its own
//! parts are gone.
//!
//! That is before the `Drop` of the value that they were in. A value that still holds something releases it there,
//! and its parts must be alive until then. So all of them are asked first, each once, by a [`Visit`]; and what is
//! in a container is dropped only if all of it is released. Otherwise it stays there, for Rust to drop.

use crate::__private::Part;
use crate::Dispose;
use crate::type_name::Internal;

/// A visit of all parts of a value: it asks whether they are released, or drops them after they were asked.
///
/// A value that says so of its parts is not believed: it is asked only for its own fields. So the value hands its
/// parts on, which a derived type does in an `unsafe fn`, by the methods of this type. No code that forbids unsafe
/// code can write one, and a lookalike of this crate cannot take the methods' place.
pub struct Visit {
    pub(crate) drops: bool,
}

impl Visit {
    /// Asks or drops a part of the visited value. Returns `true` if all in it is released.
    // Not `&mut T`: another type, as which a lookalike gives it, could dereference to another value each time.
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    pub fn part<T: Part + ?Sized>(&self, part: &mut (impl Is<T> + ?Sized)) -> bool {
        part.it().visit(self)
    }

    /// Returns `true` if a part is left to Rust, because what Rust drops before it `is_seen`. It is asked like any other:
    /// a lookalike may say one thing then, and another when the visit drops.
    #[inline]
    #[must_use]
    pub fn leaves(&self, is_seen: impl FnOnce() -> bool) -> bool {
        self.drops && is_seen()
    }

    /// Asks or drops a value: first what is its own, then its parts. When it drops, no code of the user's comes
    /// between, which could change what was asked.
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    pub(crate) fn value<T: Dispose + ?Sized>(&self, value: &mut T) -> bool {
        // SAFETY: If it only asks, nothing is required. It drops only below `detach`, which asked the container and all
        // in it by this function first. From there it comes to what was taken out of a container, and to the parts that
        // `__visit_parts` hands on, which were the same when it asked. All of that is dropped next.
        (self.drops || value.__is_empty()) && unsafe { value.__visit_parts(self) }
    }

    /// Drops what is in `container`, or returns `false` because that is to be asked.
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    pub(crate) fn contents<T: Dispose + ?Sized>(&self, container: &mut T) -> bool {
        if self.drops {
            container.__detach(Internal, self);
        }
        self.drops
    }

    /// Drops `value`, which was in a container, after its parts.
    #[expect(clippy::inline_always, reason = "for each part of a long chain")]
    #[inline(always)]
    pub(crate) fn drop<T: Dispose>(&self, mut value: T) {
        self.value(&mut value);
    }
}

/// The very type `T`.
pub trait Is<T: ?Sized> {
    fn it(&mut self) -> &mut T;
    /// Seals the trait: only this crate can name the parameter.
    fn sealed(_: Internal);
}

impl<T: ?Sized> Is<T> for T {
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    fn it(&mut self) -> &mut T {
        self
    }
    fn sealed(_: Internal) {}
}

/// Drops what is in `part`, if it is a container and all of it is released.
#[inline(never)]
pub(crate) fn detach<T: Dispose + ?Sized>(part: &mut T) {
    if (Visit { drops: false }).value(part) {
        part.__detach(Internal, &Visit { drops: true });
    }
}
