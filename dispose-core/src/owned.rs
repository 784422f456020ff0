//! Chains of parts, dropped from the inside out.
//!
//! The `Drop` of each part goes through all that is in it. In a long chain that is quadratic, so the
//! outermost value takes the parts out of their containers and drops them here: each when its own
//! parts are gone.
//!
//! A value that lives on must keep its parts, even if other code passes it on as if it were a part.
//! So nothing but a container is emptied through a `&mut`; a derived type empties only itself, and
//! only when it is [`Owned`].

use core::any::TypeId;
use core::ptr;

use crate::Dispose;
use crate::type_name::Internal;

/// Proof that a value is dropped when this is gone: made only here, of values that were moved here.
///
/// It is lent by a reference, so it cannot be kept.
pub struct Owned {
    address: usize,
    of: TypeId,
}

impl Owned {
    fn new<T: Dispose + ?Sized>(value: &mut T) -> Self {
        Self { address: ptr::from_mut(value).cast::<()>().addr(), of: value.__type_id(Internal) }
    }

    /// Returns `true` if `value` is the one that is dropped.
    // Two values of one type are not in one place, unless they have no size and so no parts to drop.
    pub fn is<T: Dispose + ?Sized>(&self, value: &mut T) -> bool {
        let of = Self::new(value);
        self.address == of.address && self.of == of.of
    }
}

/// Drops `value` after its parts.
#[expect(clippy::inline_always, reason = "for each part of a long chain")]
#[inline(always)]
pub(crate) fn drop_owned<T: Dispose>(mut value: T) {
    empty(&mut value);
}

/// Drops the parts of `value` before it is dropped, or the box that it is in.
pub(crate) fn empty<T: Dispose + ?Sized>(value: &mut T) {
    let owned = Owned::new(value);
    value.__empty(&owned);
}
