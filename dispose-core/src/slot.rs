//! A field that holds a resource or is empty.

use core::cell::{Cell, OnceCell, RefCell};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::type_name::Internal;

/// A place that holds a resource or is empty. It is the type of an `#[unmanaged]` field.
///
/// Implemented for `Option<T>`, `*mut T`, `*const T` and `AtomicPtr<T>`, whose empty states are
/// `None` and null, for `OnceCell<T>` and `OnceLock<T>`, and for `Cell`, `RefCell`, `Mutex` and
/// `RwLock` of slots. A lock that is taken is not waited for: what is under it counts as held. A type
/// without an empty state of its own gets one from `invalid = …`, or goes into an `Option`.
///
/// [`take`](Self::take) is also how a type hands its resource out without a release:
///
/// ```
/// use dispose_core::{Dispose, Slot};
/// # fn close(_: i32) {}
///
/// #[derive(Dispose)]
/// struct Socket { #[unmanaged(release = close)] fd: Option<i32> }
///
/// impl Socket {
///     fn into_raw(mut self) -> i32 {
///         Slot::take(&mut self.fd).expect("live until it is consumed")
///     }
/// }
/// # assert_eq!(Socket { fd: Some(3) }.into_raw(), 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no state that means \"no resource\"",
    label = "cannot be empty after its release",
    note = "`NonNull<T>` or a struct: use `Option<…>` of it (no larger for `NonNull`); under `derive(Close)` also `always`, if it is `Copy`",
    note = "an integer, an id or a handle with a value that is never valid: add `invalid = …`, such as `invalid = -1`",
    note = "a collection whose elements are the resources: add `each`; a `Vec` that one call releases as a whole: add `invalid = vec![]`",
    note = "a field that is itself `Dispose`: `#[dispose]` instead of `#[unmanaged]`; one that is only `Close`: an `Option<…>` of it with `release = Close::close`, or under `derive(Close)` a `ManuallyDrop<…>` with `unsafe(always)` besides"
)]
pub trait Slot {
    /// The type of the value that is released.
    type Value;

    /// Takes the value out and leaves the slot empty. Returns `None` if it was empty.
    fn take(&mut self) -> Option<Self::Value>;

    /// Puts a value into the slot. A value that was in it is dropped as ordinary Rust, not released.
    fn put(&mut self, value: Self::Value);

    /// Returns `true` if nothing is held.
    fn is_empty(&self) -> bool;

    /// Returns a reference to the value, or `None` if the slot is empty.
    fn get(&self) -> Option<&Self::Value>
    where
        Self: Lend,
    {
        self.lend()
    }

    // Returns `true` if nothing but its owner can put a value into it.
    #[doc(hidden)]
    #[must_use]
    fn __is_exclusive(_: Internal) -> bool
    where
        Self: Sized,
    {
        false
    }
}

/// A slot that can lend its value, as [`Slot::get`] does.
///
/// `Option<T>`, `OnceCell<T>`, `OnceLock<T>`, `*mut T` and `*const T` can; a `Cell`, a `RefCell`, a lock
/// or an atomic cannot.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot lend its value")]
pub trait Lend: Slot {
    /// Returns a reference to the value, or `None` if the slot is empty.
    fn lend(&self) -> Option<&Self::Value>;
}

impl<T> Slot for Option<T> {
    type Value = T;

    #[inline]
    fn take(&mut self) -> Option<T> {
        Option::take(self)
    }

    #[inline]
    fn put(&mut self, value: T) {
        *self = Some(value);
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn __is_exclusive(_: Internal) -> bool {
        true
    }
}

impl<T> Lend for Option<T> {
    #[inline]
    fn lend(&self) -> Option<&T> {
        self.as_ref()
    }
}

macro_rules! pointer {
    ($pointer:ty, $null:path) => {
        impl<T> Slot for $pointer {
            type Value = Self;

            #[inline]
            fn take(&mut self) -> Option<Self> {
                let pointer = core::mem::replace(self, $null());
                (!pointer.is_null()).then_some(pointer)
            }

            #[inline]
            fn put(&mut self, value: Self) {
                *self = value;
            }

            #[inline]
            fn is_empty(&self) -> bool {
                self.is_null()
            }

            fn __is_exclusive(_: Internal) -> bool {
                true
            }
        }

        impl<T> Lend for $pointer {
            #[inline]
            fn lend(&self) -> Option<&Self> {
                (!self.is_null()).then_some(self)
            }
        }

        impl<T> Slot for Cell<$pointer> {
            type Value = $pointer;

            #[inline]
            fn take(&mut self) -> Option<$pointer> {
                self.get_mut().take()
            }

            #[inline]
            fn put(&mut self, value: $pointer) {
                self.set(value);
            }

            #[inline]
            fn is_empty(&self) -> bool {
                Cell::get(self).is_null()
            }
        }
    };
}

pointer!(*mut T, ptr::null_mut);
pointer!(*const T, ptr::null);

impl<T> Slot for AtomicPtr<T> {
    type Value = *mut T;

    #[inline]
    fn take(&mut self) -> Option<*mut T> {
        self.get_mut().take()
    }

    #[inline]
    fn put(&mut self, value: *mut T) {
        *self.get_mut() = value;
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.load(Ordering::Acquire).is_null()
    }
}

// A `Cell` cannot look into every slot without code of the slot's own running meanwhile, which
// could reach the cell; so it is implemented for the slots there are.
impl<T> Slot for Cell<Option<T>> {
    type Value = T;

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.get_mut().take()
    }

    #[inline]
    fn put(&mut self, value: T) {
        self.set(Some(value));
    }

    #[inline]
    fn is_empty(&self) -> bool {
        let value = Cell::take(self);
        let empty = value.is_none();
        self.set(value);
        empty
    }
}

macro_rules! once {
    ($(#[$meta:meta])* $once:ty) => {
        $(#[$meta])*
        impl<T> Slot for $once {
            type Value = T;

            #[inline]
            fn take(&mut self) -> Option<T> {
                self.take()
            }

            #[inline]
            fn put(&mut self, value: T) {
                *self = Self::from(value);
            }

            #[inline]
            fn is_empty(&self) -> bool {
                self.get().is_none()
            }
        }

        $(#[$meta])*
        impl<T> Lend for $once {
            #[inline]
            fn lend(&self) -> Option<&T> {
                self.get()
            }
        }
    };
}

once!(OnceCell<T>);
#[cfg(feature = "std")]
once! {
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    std::sync::OnceLock<T>
}

impl<S: Slot> Slot for RefCell<S> {
    type Value = S::Value;

    #[inline]
    fn take(&mut self) -> Option<S::Value> {
        self.get_mut().take()
    }

    #[inline]
    fn put(&mut self, value: S::Value) {
        self.get_mut().put(value);
    }

    /// Returns `true` if the slot is empty. One that is mutably borrowed counts as held.
    #[inline]
    fn is_empty(&self) -> bool {
        self.try_borrow().is_ok_and(|slot| slot.is_empty())
    }
}

#[cfg(feature = "std")]
macro_rules! lock {
    ($(#[$meta:meta])* $lock:ty, $try_look:ident) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
        impl<S: Slot> Slot for $lock {
            type Value = S::Value;

            #[inline]
            fn take(&mut self) -> Option<S::Value> {
                self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).take()
            }

            #[inline]
            fn put(&mut self, value: S::Value) {
                self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).put(value);
            }

            $(#[$meta])*
            #[inline]
            fn is_empty(&self) -> bool {
                match self.$try_look() {
                    Ok(slot) => slot.is_empty(),
                    Err(std::sync::TryLockError::Poisoned(slot)) => slot.into_inner().is_empty(),
                    Err(std::sync::TryLockError::WouldBlock) => false,
                }
            }
        }
    };
}

#[cfg(feature = "std")]
lock! {
    /// A slot under a lock that is taken counts as held.
    std::sync::Mutex<S>, try_lock
}
#[cfg(feature = "std")]
lock! {
    /// A slot under a lock that is taken for writing counts as held.
    std::sync::RwLock<S>, try_read
}
