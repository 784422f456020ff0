//! `Dispose` for the types of the standard library. Containers release their last element first.

use core::any::TypeId;
use core::cell::{Cell, OnceCell, RefCell};
#[cfg(feature = "std")]
use std::sync::TryLockError;

use crate::failures::steps::begin_pass;
use crate::path::Segment;
use crate::type_name::{self, Internal};
use crate::{AsyncDispose, Dispose, Failures, type_id};

/// Implements `Dispose` for a container that adds nothing to a path and has the type name of its value.
#[cfg(feature = "alloc")]
macro_rules! transparent {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty, |$self:ident| $inner:expr, $inner_mut:expr) => {
        $(#[$meta])*
        impl<$($generics)*> Dispose for $ty {
            // In a chain of parts, each has this on the stack where nothing is optimized.
            #[inline(always)]
            fn release_all(&mut $self, failures: &mut Failures) {
                $inner_mut.release_all(failures);
            }
            #[inline]
            fn is_disposed(&$self) -> bool {
                $inner.is_disposed()
            }
            fn __type_path(&$self, internal: Internal) -> &'static str {
                $inner.__type_path(internal)
            }
            fn __type_id(&mut $self, internal: Internal) -> TypeId {
                $inner_mut.__type_id(internal)
            }
        }
    };
}

#[cfg(feature = "alloc")]
transparent! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (T: Dispose + ?Sized) alloc::boxed::Box<T>, |self| (**self), (**self)
}

#[cfg(feature = "alloc")]
transparent! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (T: Dispose + Unpin + ?Sized) core::pin::Pin<alloc::boxed::Box<T>>,
    |self| (**self), (*self.as_mut().get_mut())
}

/// Implements `Dispose` and `AsyncDispose` for a container whose value may be absent.
macro_rules! optional {
    ($(#[$meta:meta])* $ty:ty, |$self:ident| $inner:expr, $inner_mut:expr) => {
        $(#[$meta])*
        impl<T: Dispose> Dispose for $ty {
            // In a chain of parts, each has this on the stack where nothing is optimized.
            #[inline(always)]
            fn release_all(&mut $self, failures: &mut Failures) {
                if let Some(value) = $inner_mut {
                    value.release_all(failures);
                }
            }

            #[inline]
            fn is_disposed(&$self) -> bool {
                $inner.is_none_or(Dispose::is_disposed)
            }

            fn __type_path(&$self, internal: Internal) -> &'static str {
                $inner.map_or_else(type_name::path::<T>, |value| value.__type_path(internal))
            }
            fn __type_id(&mut $self, internal: Internal) -> TypeId {
                match $inner_mut {
                    Some(value) => value.__type_id(internal),
                    None => type_id::of::<T>(),
                }
            }
        }

        $(#[$meta])*
        impl<T: AsyncDispose> AsyncDispose for $ty {
            async fn release_all_async(&mut $self, failures: &mut Failures) {
                if let Some(value) = $inner_mut {
                    value.release_all_async(failures).await;
                }
            }
        }
    };
}

optional! {
    /// Disposes of the value inside, which stays there.
    Option<T>, |self| self.as_ref(), self
}
optional! {
    /// Disposes of the value inside, which stays there.
    OnceCell<T>, |self| self.get(), self.get_mut()
}
#[cfg(feature = "std")]
optional! {
    /// Disposes of the value inside, which stays there.
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    std::sync::OnceLock<T>, |self| self.get(), self.get_mut()
}

/// Releases the elements of one collection. They do not use each other, so one is tried also after another stayed.
#[inline]
pub(crate) fn release_each<'a, T: Dispose + 'a>(
    elements: impl Iterator<Item = (usize, &'a mut T)>,
    failures: &mut Failures,
) {
    for (index, value) in elements {
        failures.nest_even_if_stopped(Segment::Index(index), value);
    }
}

/// Does what [`release_each`] does. Nothing is counted, because a future has no second pass.
pub(crate) async fn release_each_async<'a, T: AsyncDispose + 'a>(
    elements: impl Iterator<Item = (usize, &'a mut T)>,
    failures: &mut Failures,
) {
    for (index, value) in elements {
        failures.nest_async_unconditionally(Segment::Index(index), value).await;
    }
}

impl<T: Dispose> Dispose for [T] {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        begin_pass::<Self>(failures);
        release_each(self.iter_mut().enumerate().rev(), failures);
    }

    #[inline]
    fn is_disposed(&self) -> bool {
        self.iter().all(Dispose::is_disposed)
    }
}

impl<T: Dispose, const N: usize> Dispose for [T; N] {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        self.as_mut_slice().release_all(failures);
    }

    #[inline]
    fn is_disposed(&self) -> bool {
        self.as_slice().is_disposed()
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.as_mut_slice().__type_id(internal)
    }
}

#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
impl<T: Dispose> Dispose for alloc::vec::Vec<T> {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        self.as_mut_slice().release_all(failures);
    }

    #[inline]
    fn is_disposed(&self) -> bool {
        self.as_slice().is_disposed()
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.as_mut_slice().__type_id(internal)
    }
}

impl<T: Dispose + ?Sized> Dispose for RefCell<T> {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().release_all(failures);
    }

    /// Returns `true` if nothing is left to release. A value that is mutably borrowed counts as held.
    #[inline]
    fn is_disposed(&self) -> bool {
        self.try_borrow().is_ok_and(|value| value.is_disposed())
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.get_mut().__type_id(internal)
    }
}

impl<T: Dispose + Default> Dispose for Cell<T> {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().release_all(failures);
    }

    #[inline]
    fn is_disposed(&self) -> bool {
        let mut taken = Taken { from: self, value: Cell::new(self.take()) };
        taken.value.get_mut().is_disposed()
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.get_mut().__type_id(internal)
    }
}

/// A value that goes back into its cell, even if `is_disposed` panics. A drop here would release it
/// before what is declared after the cell.
struct Taken<'a, T> {
    from: &'a Cell<T>,
    value: Cell<T>,
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.from.swap(&self.value);
    }
}

/// Disposes of the value inside, even if the lock is poisoned.
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl<T: Dispose + ?Sized> Dispose for std::sync::Mutex<T> {
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).release_all(failures);
    }

    /// Returns `true` if nothing is left to release. A value whose lock is taken counts as held.
    fn is_disposed(&self) -> bool {
        match self.try_lock() {
            Ok(value) => value.is_disposed(),
            Err(TryLockError::Poisoned(value)) => value.into_inner().is_disposed(),
            Err(TryLockError::WouldBlock) => false,
        }
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).__type_id(internal)
    }
}

/// Disposes of the value inside, even if the lock is poisoned.
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl<T: Dispose + ?Sized> Dispose for std::sync::RwLock<T> {
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).release_all(failures);
    }

    /// Returns `true` if nothing is left to release. A value whose lock is taken for writing counts as held.
    fn is_disposed(&self) -> bool {
        match self.try_read() {
            Ok(value) => value.is_disposed(),
            Err(TryLockError::Poisoned(value)) => value.into_inner().is_disposed(),
            Err(TryLockError::WouldBlock) => false,
        }
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).__type_id(internal)
    }
}

macro_rules! tuple {
    ($($T:ident $at:tt),+; $($last:tt)+) => {
        impl<$($T: Dispose),+> Dispose for ($($T,)+) {
            #[inline]
            fn release_all(&mut self, failures: &mut Failures) {
                begin_pass::<Self>(failures);
                tuple!(@release self failures $($last)+);
            }

            #[inline]
            fn is_disposed(&self) -> bool {
                $(self.$at.is_disposed())&&+
            }
        }

        impl<$($T: AsyncDispose),+> AsyncDispose for ($($T,)+) {
            fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
                tuple!(@chain self $($last)+).release(failures)
            }
        }
    };
    (@release $self:ident $failures:ident $($at:tt)+) => {
        $($failures.nest_counted(Segment::Name(stringify!($at)), &mut $self.$at);)+
    };
    (@chain $self:ident) => { () };
    (@chain $self:ident $at:tt $($rest:tt)*) => {
        Link { name: stringify!($at), part: &mut $self.$at, rest: tuple!(@chain $self $($rest)*) }
    };
}

/// The parts of a tuple, awaited one after the other. A coroutine for each length would take a third of
/// this crate's compile time.
trait Chain {
    fn release(self, failures: &mut Failures) -> impl Future<Output = ()>;
}

impl Chain for () {
    fn release(self, _: &mut Failures) -> impl Future<Output = ()> {
        core::future::ready(())
    }
}

struct Link<'a, T, Rest> {
    name: &'static str,
    part: &'a mut T,
    rest: Rest,
}

impl<T: AsyncDispose, Rest: Chain> Chain for Link<'_, T, Rest> {
    async fn release(self, failures: &mut Failures) {
        failures.nest_async(self.name, self.part).await;
        self.rest.release(failures).await;
    }
}

tuple!(A 0; 0);
tuple!(A 0, B 1; 1 0);
tuple!(A 0, B 1, C 2; 2 1 0);
tuple!(A 0, B 1, C 2, D 3; 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4; 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5; 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6; 6 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7; 7 6 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8; 8 7 6 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9; 9 8 7 6 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10; 10 9 8 7 6 5 4 3 2 1 0);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11; 11 10 9 8 7 6 5 4 3 2 1 0);

/// Implements `AsyncDispose` by the future of the value inside, boxed if a type may contain itself.
macro_rules! transparent_async {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty, |$self:ident| $inner_mut:expr $(, $boxed:path)?) => {
        $(#[$meta])*
        impl<$($generics)*> AsyncDispose for $ty {
            fn release_all_async(&mut $self, failures: &mut Failures) -> impl Future<Output = ()> {
                $($boxed)?($inner_mut.release_all_async(failures))
            }
        }
    };
}

#[cfg(feature = "alloc")]
transparent_async! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (T: AsyncDispose + ?Sized) alloc::boxed::Box<T>, |self| (**self), alloc::boxed::Box::pin
}
#[cfg(feature = "alloc")]
transparent_async! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (T: AsyncDispose + Unpin + ?Sized) core::pin::Pin<alloc::boxed::Box<T>>,
    |self| self.as_mut().get_mut(), alloc::boxed::Box::pin
}
#[cfg(feature = "alloc")]
transparent_async! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (T: AsyncDispose) alloc::vec::Vec<T>, |self| self.as_mut_slice(), alloc::boxed::Box::pin
}
transparent_async!((T: AsyncDispose, const N: usize) [T; N], |self| self.as_mut_slice());
transparent_async!((T: AsyncDispose + ?Sized) RefCell<T>, |self| self.get_mut());
transparent_async!((T: AsyncDispose + Default) Cell<T>, |self| self.get_mut());
#[cfg(feature = "std")]
transparent_async! {
    /// Disposes of the value inside, even if the lock is poisoned.
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    (T: AsyncDispose + ?Sized) std::sync::Mutex<T>,
    |self| self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
}
#[cfg(feature = "std")]
transparent_async! {
    /// Disposes of the value inside, even if the lock is poisoned.
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    (T: AsyncDispose + ?Sized) std::sync::RwLock<T>,
    |self| self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl<T: AsyncDispose> AsyncDispose for [T] {
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
        release_each_async(self.iter_mut().enumerate().rev(), failures)
    }
}
