//! A handle that several threads use while one of them closes it.

#[cfg(all(feature = "alloc", not(dispose_loom)))]
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::panic::RefUnwindSafe;
#[cfg(not(dispose_loom))]
use core::sync::atomic::{AtomicUsize, Ordering};
// The models in `tests/loom` compile this file with the atomics of loom.
#[cfg(dispose_loom)]
use loom::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{Close, DisposeError, Disposed, disposal};

/// The state's lowest bit: no new leases.
const CLOSED: usize = 1;
/// What one lease adds to the state.
const LEASE: usize = 2;
/// The greatest state that still has room for a lease, and for the bit.
const FULL: usize = usize::MAX - CLOSED - LEASE;

/// A handle that may be closed while others use it: the last one out releases it.
///
/// The hardest bug of handle code is to close a handle while another thread is using it: the system
/// gives its number to something else, and the other thread's next call reaches that. Here every use
/// is under a [`lease`](Self::lease). After [`dispose`](Self::dispose) there are no new leases, and
/// the value is [closed](Close::close) when the last one is returned, at once if none is out. It is
/// released exactly once. This is the rule of Go's files and of .NET's `SafeHandle`.
///
/// A lease costs one atomic addition, its return another; there is no lock and nothing waits. Beside
/// the value there is one word. A lease that is leaked, by [`mem::forget`](core::mem::forget), is
/// never returned: the value then stays until the `Shared` is dropped.
///
/// Dropping a `Shared` closes the value if that has not been done. Whatever fails where nobody can be
/// handed the error, in a drop and in the last lease, goes to the drop hook
/// (see [`set_drop_hook`](crate::set_drop_hook)).
///
/// ```
/// use dispose_core::{Closing, Shared};
/// # use dispose_core::Close;
/// # use std::{io, thread};
/// # #[derive(Close)]
/// # struct Socket { #[unmanaged(release = close, always)] fd: i32 }
/// # fn close(_: i32) -> io::Result<()> { Ok(()) }
/// # impl Socket {
/// #     fn connect(_: &str) -> io::Result<Socket> { Ok(Socket { fd: 3 }) }
/// #     fn read(&self) -> io::Result<u8> { Ok(7) }
/// # }
///
/// let socket = Shared::new(Socket::connect("example.org:80")?);
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         while let Ok(socket) = socket.lease() { // `Disposed` ends the loop
///             socket.read()?;
///         }
///         Ok::<(), io::Error>(())
///     });
///     socket.dispose() // now, or as soon as the reader returns its lease
/// })?;
/// assert!(socket.lease().is_err());
/// assert_eq!(socket.dispose()?, Closing::Already);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Shared<T: Close> {
    /// How many leases are out, times [`LEASE`], and [`CLOSED`].
    ///
    /// Once closed, the count only falls, so the state becomes `CLOSED` alone exactly once: by
    /// `dispose` when no lease is out, else by the return of the last. Who makes that step owns the
    /// value.
    state: AtomicUsize,
    /// Gone when the state is `CLOSED` alone.
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: through a `&Shared<T>` another thread gets a `&T` (`T: Sync`), and if it returns the last
// lease or disposes, the `T` by value (`T: Send`). The state is atomic.
unsafe impl<T: Close + Send + Sync> Sync for Shared<T> {}

// The value is seen only through `&T`, and never after a close that panicked.
impl<T: Close + RefUnwindSafe> RefUnwindSafe for Shared<T> {}

/// What [`Shared::dispose`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Closing {
    /// No lease was out: the value has been released.
    Released,
    /// The last lease that is out will release it.
    Deferred,
    /// It was disposed before; it may still be in use.
    Already,
}

impl<T: Close> Shared<T> {
    /// Shares `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { state: AtomicUsize::new(0), value: UnsafeCell::new(ManuallyDrop::new(value)) }
    }

    /// Keeps the value from being released until the lease is dropped.
    ///
    /// # Errors
    ///
    /// [`Disposed`], naming `T`, once [`dispose`](Self::dispose) has been called.
    ///
    /// # Panics
    ///
    /// If there are too many leases to count, which needs nearly `isize::MAX` of them leaked.
    #[inline]
    pub fn lease(&self) -> Result<Lease<'_, T>, Disposed> {
        self.enter()?;
        Ok(Lease { shared: self })
    }

    /// A lease that holds its `Arc`: for a child that must not outlive its parent's release.
    ///
    /// ```
    /// use dispose_core::{Close, Closing, OwnedLease, Shared};
    /// use std::sync::Arc;
    /// # #[derive(Close)]
    /// # struct Connection { #[unmanaged(release = drop, always)] db: usize }
    /// # impl Connection { fn prepare(&self, _: &str) -> usize { 1 } }
    /// # fn finalize(_: usize) {}
    ///
    /// #[derive(Close)]
    /// struct Statement {
    ///     #[unmanaged(release = finalize, always)]
    ///     raw: usize,
    ///     connection: OwnedLease<Connection>, // returned after `raw` is finalized
    /// }
    ///
    /// let connection = Arc::new(Shared::new(Connection { db: 1 }));
    /// let lease = connection.lease_owned()?;
    /// let statement = Statement { raw: lease.prepare("SELECT 1"), connection: lease };
    /// assert_eq!(connection.dispose()?, Closing::Deferred);
    /// statement.close()?; // finalizes the statement, then closes the connection
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Disposed`], as of [`lease`](Self::lease).
    ///
    /// # Panics
    ///
    /// As [`lease`](Self::lease).
    // loom's `Arc` cannot be what a method is called on.
    #[cfg(all(feature = "alloc", not(dispose_loom)))]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    #[inline]
    pub fn lease_owned(self: &Arc<Self>) -> Result<OwnedLease<T>, Disposed> {
        OwnedLease::new(self)
    }

    /// Refuses new leases from now on, and releases the value: now if no lease is out, else when
    /// the last one is returned.
    ///
    /// # Errors
    ///
    /// What failed, if the value is released now. A failure of a deferred release goes to the drop
    /// hook, because the last lease is returned by a drop.
    pub fn dispose(&self) -> Result<Closing, DisposeError> {
        // Release: what this thread did before is seen by the one that returns the last lease and
        // releases. Acquire: if no lease is out, their uses of the value come before its release.
        match self.state.fetch_or(CLOSED, Ordering::AcqRel) {
            // SAFETY: this call made the state `CLOSED` alone.
            0 => unsafe { self.take() }.close().map(|()| Closing::Released),
            before if before & CLOSED == 0 => Ok(Closing::Deferred),
            _ => Ok(Closing::Already),
        }
    }

    /// Whether [`dispose`](Self::dispose) has been called, so that there are no new leases. The
    /// value itself may still be in use.
    #[must_use]
    #[inline]
    pub fn is_disposed(&self) -> bool {
        // Acquire: who sees that it is disposed sees what was done before.
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    #[inline]
    fn enter(&self) -> Result<(), Disposed> {
        // Relaxed, as for `Arc::clone`: the thread has the `&Shared` from somewhere that let it see
        // the value, and nothing writes to the value before all leases are returned. A read-modify-
        // write sees the newest state, so no lease is made after the bit is set.
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & CLOSED != 0 {
                return Err(refused::<T>());
            }
            if state > FULL {
                overflow::<T>();
            }
            match self.state.compare_exchange_weak(
                state,
                state + LEASE,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(newer) => state = newer,
            }
        }
    }

    /// Returns a lease. The last one out closes the value.
    ///
    /// # Safety
    ///
    /// Undoes one `enter`, whose lease is used no more.
    #[inline]
    unsafe fn leave(&self) {
        // Release: the uses under this lease come before the release of the value, wherever that
        // is done. Every other access to the state is a read-modify-write, so all the leases'
        // returns are in one release sequence.
        if self.state.fetch_sub(LEASE, Ordering::Release) == LEASE | CLOSED {
            // SAFETY: this call made the state `CLOSED` alone.
            unsafe { self.close_as_last() }
        }
    }

    /// # Safety
    ///
    /// The caller's step made the state `CLOSED` alone.
    #[cold]
    unsafe fn close_as_last(&self) {
        // Acquire: the other leases' uses, and what came before `dispose`, come before the release.
        // A load instead of a fence, which ThreadSanitizer would not understand.
        self.state.load(Ordering::Acquire);
        // SAFETY: as the caller promised.
        disposal::close_unseen(unsafe { self.take() });
    }

    /// # Safety
    ///
    /// The caller's step made the state `CLOSED` alone, or it drops `self` and nobody did; and it
    /// is ordered after the returns of all leases.
    unsafe fn take(&self) -> T {
        // SAFETY: no lease is out, so there is no `&T`; there will be none, and nobody else takes
        // the value, because that step is made once.
        unsafe { ManuallyDrop::take(&mut *self.value.get()) }
    }
}

#[cold]
fn refused<T>() -> Disposed {
    Disposed::new(disposal::bare_name::<T>())
}

#[cold]
#[inline(never)]
fn overflow<T>() -> ! {
    panic!("too many leases of `{}`", disposal::bare_name::<T>())
}

impl<T: Close> Drop for Shared<T> {
    fn drop(&mut self) {
        // No lease is alive, though some may have been leaked. Relaxed: who got to a `&mut` has
        // made sure that all that was done with a `&` comes before.
        if self.state.load(Ordering::Relaxed) != CLOSED {
            // SAFETY: nobody else has a reference to `self`, and the value was not taken.
            disposal::close_unseen(unsafe { self.take() });
        }
    }
}

impl<T: Close> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load(Ordering::Relaxed);
        f.debug_struct("Shared")
            .field("disposed", &(state & CLOSED != 0))
            .field("leases", &(state / LEASE))
            .finish_non_exhaustive()
    }
}

/// Keeps the value of a [`Shared`] from being released. Dropping it returns it, also on a panic.
///
/// ```
/// use dispose_core::{Closing, Shared};
/// # #[derive(dispose_core::Close)]
/// # struct Port { #[unmanaged(release = drop, always)] number: u16 }
///
/// let port = Shared::new(Port { number: 80 });
/// let lease = port.lease()?;
/// assert_eq!(port.dispose()?, Closing::Deferred);
/// assert_eq!(lease.number, 80); // not released yet
/// drop(lease); // now it is
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the lease returns it"]
pub struct Lease<'a, T: Close> {
    shared: &'a Shared<T>,
}

/// A [`Lease`] that holds its [`Shared`] by an `Arc`; made by
/// [`lease_owned`](Shared::lease_owned).
#[cfg(feature = "alloc")]
#[must_use = "dropping the lease returns it"]
pub struct OwnedLease<T: Close> {
    shared: Arc<Shared<T>>,
}

#[cfg(feature = "alloc")]
impl<T: Close> OwnedLease<T> {
    /// For `lease_owned`, and for the models.
    #[inline]
    pub(crate) fn new(shared: &Arc<Shared<T>>) -> Result<Self, Disposed> {
        shared.enter()?;
        Ok(Self { shared: Arc::clone(shared) })
    }
}

macro_rules! lease {
    ($name:ident: ($($generics:tt)*) $lease:ty) => {
        impl<$($generics)*> Deref for $lease {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: the value is there until this lease is returned, and nobody has a `&mut T`.
                unsafe { &*self.shared.value.get() }
            }
        }

        impl<$($generics)*> Drop for $lease {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: a lease is made after one `enter`, and dropped once.
                unsafe { self.shared.leave() }
            }
        }

        // Also where `T` has none, so that `unwrap_err` can be called on a refused lease.
        impl<$($generics)*> fmt::Debug for $lease {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&*self.shared).finish()
            }
        }
    };
}

lease!(Lease: ('a, T: Close) Lease<'a, T>);
#[cfg(feature = "alloc")]
lease!(OwnedLease: (T: Close) OwnedLease<T>);

// SAFETY: a `&Lease` gives a `&T` and nothing else.
unsafe impl<T: Close + Sync> Sync for Lease<'_, T> {}
#[cfg(feature = "alloc")]
// SAFETY: a `&OwnedLease` gives a `&T` and nothing else.
unsafe impl<T: Close + Sync> Sync for OwnedLease<T> {}

#[cfg(all(test, not(dispose_loom)))]
mod tests {
    use super::{AtomicUsize, CLOSED, Closing, FULL, LEASE, Shared};
    use crate::{Dispose, Failures};

    struct Nothing;

    impl Dispose for Nothing {
        fn release_all(&mut self, _: &mut Failures) {}
        fn is_disposed(&self) -> bool {
            false
        }
    }

    #[test]
    #[should_panic(expected = "too many leases of `Nothing`")]
    fn the_count_does_not_wrap() {
        let mut shared = Shared::new(Nothing);
        shared.state = AtomicUsize::new(FULL);
        core::mem::forget(shared.lease().expect("there is room for one more"));
        let _ = shared.lease();
    }

    #[test]
    fn a_full_count_does_not_reach_the_bit() {
        let mut shared = Shared::new(Nothing);
        shared.state = AtomicUsize::new(FULL);
        let lease = shared.lease().expect("there is room for one more");
        assert!(!shared.is_disposed());
        assert_eq!(shared.dispose().ok(), Some(Closing::Deferred));
        assert!(shared.lease().is_err());
        drop(lease);
        assert_eq!(*shared.state.get_mut(), FULL + CLOSED);
        assert_eq!(FULL % LEASE, 0);
    }
}
