//! `Dispose` for the types of the standard library: containers release their last element first.

use core::any::TypeId;
use core::cell::{Cell, RefCell};
#[cfg(feature = "std")]
use std::sync::TryLockError;

use crate::path::Segment;
use crate::type_name::{self, Internal};
use crate::{AsyncDispose, Dispose, Failures, type_id};

/// The container is no part of a path, and takes the name of what is inside.
#[cfg(feature = "alloc")]
macro_rules! transparent {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty, |$self:ident| $inner:expr, $inner_mut:expr) => {
        $(#[$meta])*
        impl<$($generics)*> Dispose for $ty {
            #[inline]
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
    |self| (**self), self.as_mut().get_mut()
}

/// Disposes of what is inside, which stays there.
impl<T: Dispose> Dispose for Option<T> {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        if let Some(value) = self {
            value.release_all(failures);
        }
    }

    #[inline]
    fn is_disposed(&self) -> bool {
        self.as_ref().is_none_or(Dispose::is_disposed)
    }

    fn __type_path(&self, internal: Internal) -> &'static str {
        self.as_ref().map_or_else(type_name::path::<T>, |value| value.__type_path(internal))
    }

    fn __type_id(&mut self, internal: Internal) -> TypeId {
        self.as_mut().map_or_else(type_id::of::<T>, |value| value.__type_id(internal))
    }
}

impl<T: Dispose> Dispose for [T] {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        for (index, value) in self.iter_mut().enumerate().rev() {
            failures.nest_sibling(Segment::Index(index), value);
        }
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
}

impl<T: Dispose + ?Sized> Dispose for RefCell<T> {
    #[inline]
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().release_all(failures);
    }

    /// A value that is mutably borrowed counts as held.
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

/// Goes back into its cell, also if the question panics: a drop here would release it before what is
/// declared after the cell.
struct Taken<'a, T> {
    from: &'a Cell<T>,
    value: Cell<T>,
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.from.swap(&self.value);
    }
}

/// Poisoned or not.
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl<T: Dispose + ?Sized> Dispose for std::sync::Mutex<T> {
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).release_all(failures);
    }

    /// A value under a lock that is taken counts as held.
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

/// Poisoned or not.
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl<T: Dispose + ?Sized> Dispose for std::sync::RwLock<T> {
    fn release_all(&mut self, failures: &mut Failures) {
        self.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).release_all(failures);
    }

    /// A value under a lock that is taken for writing counts as held.
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
        $($failures.nest_at(Segment::Name(stringify!($at)), &mut $self.$at);)+
    };
    (@chain $self:ident) => { () };
    (@chain $self:ident $at:tt $($rest:tt)*) => {
        Link { name: stringify!($at), part: &mut $self.$at, rest: tuple!(@chain $self $($rest)*) }
    };
}

/// The parts of a tuple, awaited one after the other. A coroutine for each length would be a third of
/// what it costs to compile this crate.
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
        failures.nest_async_at(Segment::Name(self.name), self.part).await;
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

#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
impl<T: AsyncDispose + ?Sized> AsyncDispose for alloc::boxed::Box<T> {
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
        (**self).release_all_async(failures)
    }
}

impl<T: AsyncDispose> AsyncDispose for Option<T> {
    async fn release_all_async(&mut self, failures: &mut Failures) {
        if let Some(value) = self {
            value.release_all_async(failures).await;
        }
    }
}

impl<T: AsyncDispose> AsyncDispose for [T] {
    async fn release_all_async(&mut self, failures: &mut Failures) {
        for (index, value) in self.iter_mut().enumerate().rev() {
            failures.nest_async_sibling(Segment::Index(index), value).await;
        }
    }
}

impl<T: AsyncDispose, const N: usize> AsyncDispose for [T; N] {
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
        self.as_mut_slice().release_all_async(failures)
    }
}

#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
impl<T: AsyncDispose> AsyncDispose for alloc::vec::Vec<T> {
    fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
        self.as_mut_slice().release_all_async(failures)
    }
}
