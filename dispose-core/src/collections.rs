//! `Dispose` for the collections that are not slices. Their elements are siblings, and the last one is
//! released first.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, LinkedList, VecDeque};

use crate::failures::steps::begin_pass;
use crate::impls::{release_each, release_each_async};
use crate::{AsyncDispose, Dispose, Failures};

macro_rules! collection {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty, $values:ident, |$elements:ident| $last_first:expr) => {
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
    () VecDeque<T>, iter, |elements| elements.enumerate().rev()
}
collection! {
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    () LinkedList<T>, iter, |elements| elements.enumerate().rev()
}
collection! {
    /// Disposes of the values, that of the greatest key first. The path of a value is its position.
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    (K) BTreeMap<K, T>, values, |elements| elements.map(|(_, value)| value).enumerate().rev()
}
#[cfg(feature = "std")]
collection! {
    /// Disposes of the values, in no particular order. The path of a value is its position.
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    (K, S) std::collections::HashMap<K, T, S>, values, |elements| elements.map(|(_, value)| value).enumerate()
}
