//! `shared.rs` of `dispose-core`, compiled with the atomics of loom, and what it needs of that crate.
//!
//! A package of its own, because a dependency on loom would be in the lock file of every user.

use std::sync::atomic::AtomicUsize;

use loom::sync::Arc;

#[path = "../../../dispose-core/src/shared.rs"]
mod shared;

pub use shared::{Closing, Lease, OwnedLease, Shared};

/// Stands for the trait of that name.
pub trait Close: Sized {
    /// Releases the value.
    ///
    /// # Errors
    ///
    /// What failed.
    fn close(self) -> Result<(), DisposeError>;
}

/// Stands for the error of that name.
#[derive(Debug)]
pub struct DisposeError {
    /// Counts the errors that the drop hook receives. Not an atomic of loom, so that it orders nothing.
    pub unseen: std::sync::Arc<AtomicUsize>,
}

/// Stands for the error of that name.
#[derive(Debug)]
pub struct Disposed;

impl Disposed {
    fn new(_: &'static str) -> Self {
        Self
    }
}

mod dispose {
    use std::sync::atomic::Ordering;

    use crate::Close;

    pub(crate) fn close_unseen(value: impl Close) {
        if let Err(error) = value.close() {
            error.unseen.fetch_add(1, Ordering::Relaxed);
        }
    }
}

mod type_name {
    pub(crate) fn path<T>() -> &'static str {
        core::any::type_name::<T>()
    }

    pub(crate) fn bare(path: &'static str) -> &'static str {
        path
    }
}

/// `Shared::lease_owned`, because a method cannot be called on the `Arc` of loom.
///
/// # Errors
///
/// As of the method.
pub fn lease_owned<T: Close>(shared: &Arc<Shared<T>>) -> Result<OwnedLease<T>, Disposed> {
    OwnedLease::new(shared)
}
