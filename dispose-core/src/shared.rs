//! `Shared`: a handle that several threads use while one of them closes it.

#[cfg(all(feature = "alloc", not(dispose_loom)))]
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::fmt;
use core::mem::{self, ManuallyDrop};
use core::ops::Deref;
use core::panic::RefUnwindSafe;
#[cfg(not(dispose_loom))]
use core::sync::atomic::{AtomicIsize, Ordering};
// The models in `tests/loom` compile this file with the atomics of loom.
#[cfg(dispose_loom)]
use loom::sync::{
    Arc,
    atomic::{AtomicIsize, Ordering},
};

use crate::dispose::close_unseen;
use crate::{Close, DisposeError, Disposed, type_name};

// The state is one number.
//
// * Open, it is negative: `EMPTY`, and 1 for each lease that is out.
// * Closed, it is positive: `CLOSED`, and `OWED` for each lease that was out at the closing and has not
//   been returned, and half of `OWED` as room for the steps of 1 that follow.
//
// A lease adds 1 and a return subtracts 1 first. The sign of the number that it finds shows whether the
// value is closed. If it is, a refused lease takes back its 1, and a return takes back its 1 and
// subtracts `OWED`.
//
// Why the steps come first: an addition fetches the word's cache line from the other threads once. To
// read the word and then exchange it fetches the line twice, and cost 1.3 to 1.6 times a clone of an
// `Arc`, with one thread or two. This costs 1.0. Why only the sign is used: an addition leaves it in the
// processor's flags. To use the number cost 1.2 with one thread.
//
// Why there are two counts: a refused lease would be in the only one for a moment. If the last lease
// was returned in that moment, it would not find that it was the last. The refused thread would have to
// release the value, after the last lease had been returned without that.

/// Open, without a lease.
const EMPTY: isize = -CLOSED;
/// Closed, with nothing owed.
const CLOSED: isize = 1 << (isize::BITS - 2);
/// A lease to be returned. Half of it exceeds what all threads have to take back, which is 1 each.
const OWED: isize = 1 << (isize::BITS / 2);
/// Too many leases to count at the closing. They stay owed.
const MANY: isize = CLOSED / OWED - 1;

/// Returns how many leases are owed in a closed state.
const fn owed(state: isize) -> isize {
    (state - CLOSED) / OWED
}

/// Returns `true` if it is closed and nothing is owed. No step leads away from here.
const fn is_gone(state: isize) -> bool {
    state >= CLOSED && owed(state) == 0
}

/// A handle that one thread may close while others use it.
///
/// The hardest bug of handle code is to close a handle while another thread is using it. The system
/// gives its number to something else, and the other thread's next call reaches that. Here every use
/// is under a [`lease`](Self::lease). After [`dispose`](Self::dispose), new leases are refused. The
/// value is [closed](Close::close) when the last lease is returned, or at once if none is out. It is
/// released exactly once. Go's files and .NET's `SafeHandle` follow the same rule.
///
/// Threads that are blocked in a call on the handle keep their leases.
/// [`dispose_with`](Self::dispose_with) wakes them.
///
/// # The thread that releases
///
/// The release runs on the thread that returns the last lease. This is wrong for a handle that is
/// bound to a thread, such as a context of OpenGL or EGL, or an object of Python.
///
/// The release may also make that thread wait. It waits forever for a child that the thread itself
/// holds, as `zmq_ctx_term` does for a socket that was made under the lease. So let a child hold its
/// parent, with [`lease_owned`](Self::lease_owned). The parent is then released after the child.
///
/// Rows: [handles bound to a thread][displays], [releases that wait][networks].
///
/// [displays]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#displays-drawing-fonts-terminals
/// [networks]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#networks-event-loops-clients-of-servers
///
/// # Cost
///
/// A lease costs one atomic addition and its return another, as much as a clone of an `Arc` and its
/// drop. It takes no lock, and a lease never waits for another. Threads that lease the same value at
/// once take turns at one word, as those that clone the same `Arc` do. One lease may cover several
/// calls. A `Shared` stores that word beside the value, and nothing else.
///
/// # Dropping
///
/// Dropping a `Shared` drops the value, unless it has been released. It does not call
/// [`close`](Close::close). The value's own `Drop` runs, with the `drop`, `explicit` and `on_drop` of its
/// type.
///
/// A lease that is leaked, by [`mem::forget`](core::mem::forget), is never returned. The value then
/// stays until the `Shared` is dropped. The same happens if nearly 2³⁰ leases are out when it is
/// disposed (2¹⁴ with pointers of 32 bits), because so many are not counted.
///
/// If the release fails as the last lease is returned, the error goes to the drop hook
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
    /// Closed once, by the step that counts what is owed. From then on that only falls, once for each
    /// of those leases. So the step to [`is_gone`] is made exactly once: by the closing if no lease
    /// is out, else by the return of the last. The call that makes it owns the value.
    state: AtomicIsize,
    /// Moved out once the state [`is_gone`].
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: through a `&Shared<T>` another thread gets a `&T` (`T: Sync`), and if it returns the last
// lease or disposes, the `T` by value (`T: Send`). The state is atomic.
unsafe impl<T: Close + Send + Sync> Sync for Shared<T> {}

// The value is seen only through `&T`, and never after a close that panicked.
impl<T: Close + RefUnwindSafe> RefUnwindSafe for Shared<T> {}

/// The result of [`Shared::dispose`] and [`Shared::dispose_with`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Closing {
    /// No lease was out. The value has been released.
    Released,
    /// Leases are out. When the last one is returned, the value is released.
    Deferred,
    /// It was disposed before. Leases may still be out.
    Already,
}

impl<T: Close> Shared<T> {
    /// Creates a `Shared` that owns `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { state: AtomicIsize::new(EMPTY), value: UnsafeCell::new(ManuallyDrop::new(value)) }
    }

    /// Returns a lease. The value is not released before the lease is dropped.
    ///
    /// # Errors
    ///
    /// Returns [`Disposed`], naming `T`, once [`dispose`](Self::dispose) has been called.
    ///
    /// # Panics
    ///
    /// Panics if there are too many leases to count, which takes nearly `isize::MAX / 2` leaked ones.
    #[inline]
    pub fn lease(&self) -> Result<Lease<'_, T>, Disposed> {
        self.enter()?;
        Ok(Lease { shared: self })
    }

    /// Returns a lease that holds the `Arc`, for a child that must be released before its parent.
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
    /// Returns [`Disposed`] as [`lease`](Self::lease) does.
    ///
    /// # Panics
    ///
    /// Panics as [`lease`](Self::lease) does.
    // loom's `Arc` cannot be what a method is called on.
    #[cfg(all(feature = "alloc", not(dispose_loom)))]
    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    #[inline]
    pub fn lease_owned(self: &Arc<Self>) -> Result<OwnedLease<T>, Disposed> {
        OwnedLease::new(self)
    }

    /// Refuses new leases from now on, and closes the value.
    ///
    /// It is closed now if no lease is out, and otherwise when the last one is returned.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is released now and its release fails. A failure of a deferred
    /// release goes to the drop hook, because the last lease is returned by a drop.
    pub fn dispose(&self) -> Result<Closing, DisposeError> {
        match self.shut(0) {
            // SAFETY: this call closed it with no lease owed, and `shut` acquired all the returns.
            Some(0) => unsafe { self.release() },
            Some(_) => Ok(Closing::Deferred),
            None => Ok(Closing::Already),
        }
    }

    /// Disposes as [`dispose`](Self::dispose) does, and calls `f` to wake the threads that are
    /// blocked in a call on the value.
    ///
    /// `f` wakes them by `shutdown`, `pcap_breakloop` or what the library has for it. New leases are
    /// refused before `f` is called. `f` runs under a lease of its own, which is taken in the same
    /// atomic step and returned after `f`. If that is the last lease, the value is released here.
    /// Otherwise the result is [`Closing::Deferred`], even if the lease that is out is the caller's own.
    ///
    /// If it was disposed before, `f` is not called and the result is [`Closing::Already`]. Inside
    /// `f`, calls of `dispose` and `dispose_with` return that too.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use dispose_core::{Close, Closing, Shared};
    /// use std::io::Read;
    /// use std::net::Shutdown;
    /// use std::os::unix::net::UnixStream;
    /// use std::thread;
    ///
    /// #[derive(Close)]
    /// struct Socket {
    ///     #[unmanaged(release = drop)]
    ///     stream: Option<UnixStream>,
    /// }
    ///
    /// impl Socket {
    ///     fn stream(&self) -> &UnixStream {
    ///         self.stream.as_ref().expect("not closed")
    ///     }
    /// }
    ///
    /// let (stream, _peer) = UnixStream::pair()?; // the peer sends nothing
    /// let socket = Shared::new(Socket { stream: Some(stream) });
    /// let lease = socket.lease()?;
    /// let (read, closing) = thread::scope(|scope| {
    ///     let reader = scope.spawn(move || lease.stream().read(&mut [0])); // blocks
    ///     // `dispose` alone would leave the reader blocked and the socket open.
    ///     let closing = socket.dispose_with(|socket| {
    ///         let _ = socket.stream().shutdown(Shutdown::Both);
    ///     });
    ///     (reader.join().expect("no panic"), closing)
    /// });
    /// assert_eq!(read?, 0); // the end of the stream
    /// assert_ne!(closing?, Closing::Already); // released here, or by the reader
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the value is released now and its release fails. A failure of a deferred
    /// release goes to the drop hook.
    ///
    /// # Panics
    ///
    /// Panics if `f` does. Its lease is then returned as any other, and a failure of the release goes
    /// to the drop hook.
    pub fn dispose_with(&self, f: impl FnOnce(&T)) -> Result<Closing, DisposeError> {
        if self.shut(1).is_none() {
            return Ok(Closing::Already);
        }
        let lease = Lease { shared: self };
        f(&lease);
        mem::forget(lease);
        // SAFETY: returns the lease that `shut` counted, in place of its drop.
        if unsafe { self.leave() } {
            // SAFETY: that was the last, and `leave` acquired all the returns.
            unsafe { self.release() }
        } else {
            Ok(Closing::Deferred)
        }
    }

    /// Returns `true` once [`dispose`](Self::dispose) or [`dispose_with`](Self::dispose_with) has been
    /// called, so that new leases are refused. The value itself may still be in use.
    #[must_use]
    #[inline]
    pub fn is_disposed(&self) -> bool {
        // Acquire: who sees that it is disposed sees what was done before.
        self.state.load(Ordering::Acquire) >= CLOSED
    }

    #[inline]
    fn enter(&self) -> Result<(), Disposed> {
        // Relaxed, as for `Arc::clone`: the thread has the `&Shared` from somewhere that let it see
        // the value, and nothing writes to the value before all leases are returned. A read-modify-
        // write sees the newest state, so no lease is made after the closing.
        if self.state.fetch_add(1, Ordering::Relaxed) < 0 { Ok(()) } else { Err(self.refuse()) }
    }

    /// Undoes an `enter` that did not find the value open.
    #[cold]
    fn refuse(&self) -> Disposed {
        // Relaxed: nothing was done under this entry.
        let closed = self.state.fetch_sub(1, Ordering::Relaxed) >= CLOSED;
        assert!(closed, "too many leases of `{}`", type_name::bare(type_name::path::<T>()));
        Disposed::new(type_name::path::<T>())
    }

    /// Closes the value, with `own` leases more. Returns how many were out, or `None` if it was closed
    /// before.
    fn shut(&self, own: isize) -> Option<isize> {
        // Release: what this thread did before is seen by the one that returns the last lease and
        // releases. Acquire: if no lease is out, their uses of the value come before its release.
        // Acquire on failure: who finds it closed sees what was done before.
        let closed = |state| {
            let out = isize::min(state - EMPTY + own, MANY);
            CLOSED + out * OWED + OWED / 2
        };
        let before = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
            (state < CLOSED).then(|| closed(state))
        });
        before.ok().map(|open| open - EMPTY)
    }

    /// Returns a lease. If the result is `true`, it was the last of a closed `Shared`, and the
    /// caller owns the value.
    ///
    /// # Safety
    ///
    /// The call undoes one `enter`, or the own lease of `shut`, and that lease is not used again.
    #[inline]
    unsafe fn leave(&self) -> bool {
        // Release: the uses under this lease come before the release of the value, wherever that
        // is done. Every write to the state is a read-modify-write, so all the leases' returns are
        // in one release sequence.
        self.state.fetch_sub(1, Ordering::Release) > 0 && self.leave_closed()
    }

    /// Completes a `leave` that did not find the value open.
    #[cold]
    fn leave_closed(&self) -> bool {
        // Relaxed: `leave` has seen a state for which the two conditions below are the same, and they
        // do not change any more.
        let state = self.state.load(Ordering::Relaxed);
        if state < CLOSED {
            // So many leases are out that they have changed the sign.
            return false;
        }
        let owed = if owed(state) == MANY { 0 } else { OWED };
        // Acquire: if this is the last, the other leases' uses, and what came before the closing, come
        // before the release. This lease's uses came before `leave`, whose step released them.
        let before = self.state.fetch_sub(owed - 1, Ordering::Acquire);
        is_gone(before - (owed - 1))
    }

    /// Closes the value for a caller who gets the error.
    ///
    /// # Safety
    ///
    /// As `take`.
    unsafe fn release(&self) -> Result<Closing, DisposeError> {
        // SAFETY: as the caller promised.
        unsafe { self.take() }.close().map(|()| Closing::Released)
    }

    /// Closes the value where no caller gets the error.
    ///
    /// # Safety
    ///
    /// As `take`.
    #[cold]
    unsafe fn release_unseen(&self) {
        // SAFETY: as the caller promised.
        close_unseen(unsafe { self.take() });
    }

    /// Takes the value.
    ///
    /// # Safety
    ///
    /// The caller made the step to `is_gone`, ordered after the returns of all leases.
    unsafe fn take(&self) -> T {
        // SAFETY: no lease is out, so no `&T` exists or will exist. Nothing else takes the value, because
        // that step is made once.
        unsafe { ManuallyDrop::take(&mut *self.value.get()) }
    }
}

impl<T: Close> Drop for Shared<T> {
    fn drop(&mut self) {
        // No lease is alive, though some may have been leaked. Relaxed: who got to a `&mut` has
        // made sure that all that was done with a `&` comes before.
        if !is_gone(self.state.load(Ordering::Relaxed)) {
            // SAFETY: the value was not taken, and this is its last use.
            unsafe { ManuallyDrop::drop(self.value.get_mut()) }
        }
    }
}

impl<T: Close> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load(Ordering::Relaxed);
        let disposed = state >= CLOSED;
        let leases = if disposed { owed(state) } else { state - EMPTY };
        f.debug_struct("Shared")
            .field("disposed", &disposed)
            .field("leases", &leases)
            .finish_non_exhaustive()
    }
}

/// A lease of the value in a [`Shared`]. The value is not released while a lease is out.
///
/// A lease is returned when it is dropped, also on a panic.
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

/// A [`Lease`] that holds its [`Shared`] by an `Arc`, made by [`lease_owned`](Shared::lease_owned).
#[cfg(feature = "alloc")]
#[must_use = "dropping the lease returns it"]
pub struct OwnedLease<T: Close> {
    shared: Arc<Shared<T>>,
}

#[cfg(feature = "alloc")]
impl<T: Close> OwnedLease<T> {
    /// Makes a lease, for `lease_owned` and for the models.
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
                // SAFETY: the value is there until this lease is returned, and no `&mut T` exists.
                unsafe { &*self.shared.value.get() }
            }
        }

        impl<$($generics)*> Drop for $lease {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: a lease is made for one `enter`, or one `shut`, and dropped once.
                if unsafe { self.shared.leave() } {
                    // SAFETY: that was the last, and `leave` acquired all the returns.
                    unsafe { self.shared.release_unseen() }
                }
            }
        }

        // Also if `T` is not `Debug`, so that `unwrap_err` can be called on a refused lease.
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
    use super::{AtomicIsize, CLOSED, Closing, EMPTY, Lease, MANY, OWED, Shared, is_gone};
    use crate::{Dispose, Failures};

    struct Nothing;

    impl Dispose for Nothing {
        fn release_all(&mut self, _: &mut Failures) {}
        fn is_disposed(&self) -> bool {
            false
        }
    }

    fn shared(state: isize) -> Shared<Nothing> {
        let mut shared = Shared::new(Nothing);
        shared.state = AtomicIsize::new(state);
        shared
    }

    fn state(shared: &mut Shared<Nothing>) -> isize {
        *shared.state.get_mut()
    }

    /// Returns a lease that was made before the state was set.
    fn give_back(shared: &Shared<Nothing>) {
        drop(Lease { shared });
    }

    const fn closed(owed: isize) -> isize {
        CLOSED + owed * OWED + OWED / 2
    }

    #[test]
    fn all_states_have_room() {
        assert_eq!(closed(MANY), isize::MAX - OWED / 2 + 1);
        // The threads' steps, whichever way.
        for steps in [-(OWED / 2), OWED / 2 - 1] {
            assert!(is_gone(closed(0) + steps));
            assert!(!is_gone(closed(1) + steps));
        }
    }

    #[test]
    fn the_last_of_three_leases_releases() {
        let mut shared = shared(EMPTY + 3);
        give_back(&shared);
        assert_eq!(shared.dispose().ok(), Some(Closing::Deferred));
        assert_eq!(state(&mut shared), closed(2));
        assert!(shared.lease().is_err());
        assert_eq!(state(&mut shared), closed(2), "a refused lease leaves nothing");
        give_back(&shared);
        assert_eq!(state(&mut shared), closed(1));
        give_back(&shared);
        assert_eq!(state(&mut shared), closed(0));
    }

    #[test]
    fn the_own_lease_of_the_closer_is_owed() {
        let mut shared = shared(EMPTY + 2);
        let closing = shared.dispose_with(|_| {
            give_back(&shared);
            give_back(&shared);
        });
        assert_eq!(closing.ok(), Some(Closing::Released));
        assert_eq!(state(&mut shared), closed(0));
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_lease_too_many_panics_and_leaves_the_count() {
        let mut shared = shared(-1);
        core::mem::forget(shared.lease().expect("there is room for one more"));
        assert_eq!(state(&mut shared), 0);
        let lease = std::panic::catch_unwind(|| drop(shared.lease()));
        let message = *lease.unwrap_err().downcast::<std::string::String>().unwrap();
        assert_eq!(message, "too many leases of `Nothing`");
        assert_eq!(state(&mut shared), 0);
    }

    #[test]
    fn a_return_beside_leases_too_many_is_one_of_an_open_value() {
        // Another thread has entered, and has not undone it yet.
        let mut shared = shared(1);
        give_back(&shared);
        assert_eq!(state(&mut shared), 0);
        assert!(!shared.is_disposed());
        assert_eq!(shared.dispose().ok(), Some(Closing::Deferred));
    }

    #[test]
    fn too_many_leases_to_count_stay_owed() {
        for out in [MANY - 1, MANY, MANY + 1, -EMPTY] {
            let mut full = shared(EMPTY + out);
            assert_eq!(full.dispose().ok(), Some(Closing::Deferred));
            assert_eq!(state(&mut full), closed(out.min(MANY)));
            give_back(&full);
            assert_eq!(state(&mut full), closed(if out < MANY { out - 1 } else { MANY }));
            assert!(full.lease().is_err());

            let mut full = shared(EMPTY + out);
            assert_eq!(full.dispose_with(|_| ()).ok(), Some(Closing::Deferred));
            assert_eq!(state(&mut full), closed(if out + 1 < MANY { out } else { MANY }));
        }
    }
}
