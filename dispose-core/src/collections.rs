//! `Dispose` for the collections that are not slices. Their elements are siblings, and the last one is
//! released first.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, LinkedList, VecDeque};

use core::mem;

#[cfg(feature = "std")]
use crate::__private::is_drop_seen;
use crate::detach::Visit;
use crate::failures::steps::begin_pass;
use crate::impls::{release_each, release_each_async};
use crate::type_name::Internal;
use crate::{AsyncDispose, Dispose, Failures};

macro_rules! collection {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty, $values:ident, $values_mut:ident, |$elements:ident| $last_first:expr, |$all:ident| $drained:expr, $element:pat => [$($key:ident)?] $value:ident $(, $hasher:ident)?) => {
        $(#[$meta])*
        impl<T: Dispose, $($generics)*> Dispose for $ty {
            fn release_all(&mut self, failures: &mut Failures) {
                begin_pass::<Self>(failures);
                let $elements = self.iter_mut();
                release_each($last_first, failures);
            }

            fn is_disposed(&self) -> bool {
                self.$values().all(Dispose::is_disposed)
            }

            fn __detach(&mut self, _: Internal, visit: &Visit) {
                // Rust drops it first.
                $(if is_drop_seen::<$hasher>() {
                    return;
                })?
                let $all = self;
                // Not by `into_values`, which forgets the value if the drop of the key panics.
                for $element in $drained {
                    $(drop($key);)?
                    visit.drop($value);
                }
            }

            fn __is_drop_seen(&self, _: Internal) -> bool {
                !self.is_empty() $(|| is_drop_seen::<$hasher>())?
            }

            fn __is_empty(&self) -> bool {
                true
            }

            unsafe fn __visit_parts(&mut self, visit: &Visit) -> bool {
                visit.contents(self) || self.$values_mut().all(|value| visit.value(value))
            }
        }

        $(#[$meta])*
        impl<T: AsyncDispose, $($generics)*> AsyncDispose for $ty {
            // Boxed, so that a type may hold a collection of its own kind.
            fn release_all_async(&mut self, failures: &mut Failures) -> impl Future<Output = ()> {
                let $elements = self.iter_mut();
                Box::pin(release_each_async($last_first, failures))
            }
        }
    };
}

collection! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    () VecDeque<T>, iter, iter_mut, |elements| elements.enumerate().rev(), |all| mem::take(all).into_iter(), value => [] value
}
collection! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    () LinkedList<T>, iter, iter_mut, |elements| elements.enumerate().rev(), |all| mem::take(all).into_iter(), value => [] value
}
collection! {
    /// Disposes of the values, that of the greatest key first. The path of a value is its position.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (K) BTreeMap<K, T>, values, values_mut, |elements| elements.map(|(_, value)| value).enumerate().rev(),
    |all| mem::take(all), (key, value) => [key] value
}
#[cfg(feature = "std")]
collection! {
    /// Disposes of the values, in no particular order. The path of a value is its position.
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    (K, S) std::collections::HashMap<K, T, S>, values, values_mut, |elements| elements.map(|(_, value)| value).enumerate(),
    |all| all.drain(), (key, value) => [key] value, S
}
