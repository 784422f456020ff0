//! `Shared` and its leases

#![cfg(all(feature = "derive", feature = "std"))]

mod support;

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::panic::UnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use dispose_core::{Close, Closing, Dispose, DisposeError, Lease, OwnedLease, Shared};

use crate::support::{log, logged, panic_at, panic_of, record_reports, reported};

/// Whether its release fails, and how many releases there were, in any thread.
type Handle = (bool, Arc<AtomicU32>);

fn release((fails, released): Handle) -> io::Result<()> {
    released.fetch_add(1, Ordering::Relaxed);
    if fails { Err(io::Error::other("busy")) } else { Ok(()) }
}

#[derive(Close)]
struct ByValue {
    #[unmanaged(release = release)]
    handle: Option<Handle>,
}

#[derive(Dispose)]
struct InPlace {
    #[unmanaged(release = release)]
    handle: Option<Handle>,
}

/// By hand, and without a `Drop` of its own.
struct ByHand {
    handle: Handle,
}

impl Close for ByHand {
    fn close(self) -> Result<(), DisposeError> {
        InPlace { handle: Some(self.handle) }.close()
    }
}

trait Resource: Close + Send + Sync {
    /// How often dropping it releases.
    const DROPS: u32 = 1;
    fn of(handle: Handle) -> Self;
}

impl Resource for ByValue {
    fn of(handle: Handle) -> Self {
        Self { handle: Some(handle) }
    }
}

impl Resource for InPlace {
    fn of(handle: Handle) -> Self {
        Self { handle: Some(handle) }
    }
}

impl Resource for ByHand {
    const DROPS: u32 = 0;
    fn of(handle: Handle) -> Self {
        Self { handle }
    }
}

fn new<T: Resource>(fails: bool) -> (Shared<T>, impl Fn() -> u32) {
    let released = Arc::new(AtomicU32::new(0));
    let shared = Shared::new(T::of((fails, Arc::clone(&released))));
    (shared, move || released.load(Ordering::Relaxed))
}

fn every_way<T: Resource>() {
    record_reports();

    let (shared, released) = new::<T>(false);
    assert!(!shared.is_disposed());
    assert_eq!(shared.dispose().unwrap(), Closing::Released);
    assert_eq!(released(), 1);
    assert!(shared.is_disposed());
    let name = std::any::type_name::<T>().rsplit("::").next().unwrap();
    let refused = shared.lease().unwrap_err();
    assert_eq!(refused.to_string(), format!("`{name}` has been disposed"));
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(released(), 1);

    let (shared, released) = new::<T>(false);
    let first = shared.lease().unwrap();
    let second = shared.lease().unwrap();
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    assert!(shared.lease().is_err());
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(first);
    assert_eq!(released(), 0);
    drop(second);
    assert_eq!(released(), 1);
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(released(), 1);

    let (shared, released) = new::<T>(false);
    drop(shared.lease().unwrap());
    assert_eq!(released(), 0, "a lease that is returned disposes of nothing");
    drop(shared);
    assert_eq!(released(), T::DROPS);

    let (shared, released) = new::<T>(false);
    let shared = Arc::new(shared);
    let lease = shared.lease_owned().unwrap();
    drop(shared);
    assert_eq!(released(), 0, "the lease holds it");
    drop(lease);
    assert_eq!(released(), T::DROPS);

    let (shared, released) = new::<T>(false);
    std::mem::forget(shared.lease().unwrap());
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    assert_eq!(released(), 0, "it may still be in use");
    drop(shared);
    assert_eq!(released(), T::DROPS, "now it cannot be");
    assert_eq!(reported(), [""; 0]);

    let (shared, released) = new::<T>(true);
    assert!(shared.dispose().unwrap_err().to_string().ends_with(": handle: busy"));
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), [""; 0], "it was returned");

    let (shared, released) = new::<T>(true);
    let lease = shared.lease().unwrap();
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    drop(lease);
    assert_eq!(released(), 1);
    assert_eq!(reported().len(), 1, "the last lease has no caller");

    let (shared, released) = new::<T>(true);
    drop(shared);
    assert_eq!(released(), T::DROPS);
    assert_eq!(reported().len(), T::DROPS as usize, "nor has a drop");
}

fn every_way_of_dispose_with<T: Resource>() {
    record_reports();

    // No lease is out: as `dispose`, under a lease.
    let (shared, released) = new::<T>(false);
    let mut calls = 0;
    let closing = shared.dispose_with(|_| {
        calls += 1;
        assert_eq!(released(), 0);
        assert!(shared.is_disposed());
        assert!(shared.lease().is_err());
        assert_eq!(shared.dispose().unwrap(), Closing::Already);
        let again = shared.dispose_with(|_| unreachable!("disposed before"));
        assert_eq!(again.unwrap(), Closing::Already);
        assert_eq!(released(), 0);
    });
    assert_eq!(closing.unwrap(), Closing::Released);
    assert_eq!((calls, released()), (1, 1));
    for _ in 0..2 {
        let again = shared.dispose_with(|_| unreachable!("disposed before"));
        assert_eq!(again.unwrap(), Closing::Already);
    }
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(released(), 1);

    let (shared, _) = new::<T>(false);
    shared.dispose().unwrap();
    let again = shared.dispose_with(|_| unreachable!("disposed before"));
    assert_eq!(again.unwrap(), Closing::Already);

    // The caller's own lease is out, after `f` too.
    let (shared, released) = new::<T>(true);
    let lease = shared.lease().unwrap();
    assert_eq!(shared.dispose_with(|_| ()).unwrap(), Closing::Deferred);
    let again = shared.dispose_with(|_| unreachable!("disposed before"));
    assert_eq!(again.unwrap(), Closing::Already);
    assert_eq!(released(), 0);
    assert_eq!(reported(), [""; 0]);
    drop(lease);
    assert_eq!(released(), 1);
    assert_eq!(reported().len(), 1, "the last lease has no caller");

    // `f` wakes the only user, or lets it go: then the release is the caller's.
    let (shared, released) = new::<T>(true);
    let lease = shared.lease().unwrap();
    let error = shared
        .dispose_with(|_| {
            drop(lease);
            assert_eq!(released(), 0, "`f` has a lease");
        })
        .unwrap_err();
    assert!(error.to_string().ends_with(": handle: busy"));
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), [""; 0], "it was returned");

    // `f` panics: its lease is returned as any other.
    let (shared, released) = new::<T>(true);
    let panic = panic_of(|| shared.dispose_with(|_| panic!("in the call")));
    assert_eq!(panic.unwrap(), "in the call");
    assert_eq!(released(), 1);
    assert_eq!(reported().len(), 1);
    assert_eq!(shared.dispose().unwrap(), Closing::Already);

    let (shared, released) = new::<T>(false);
    let lease = shared.lease().unwrap();
    let panic = panic_of(|| shared.dispose_with(|_| panic!("in the call")));
    assert_eq!(panic.unwrap(), "in the call");
    assert!(shared.is_disposed());
    assert!(shared.lease().is_err());
    assert_eq!(released(), 0);
    drop(lease);
    assert_eq!(released(), 1);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn every_way_of_an_owner_by_value() {
    every_way::<ByValue>();
    every_way_of_dispose_with::<ByValue>();
}

#[test]
fn every_way_of_an_owner_in_place() {
    every_way::<InPlace>();
    every_way_of_dispose_with::<InPlace>();
}

#[test]
fn every_way_of_an_owner_by_hand() {
    every_way::<ByHand>();
    every_way_of_dispose_with::<ByHand>();
}

#[test]
fn a_dropped_value_keeps_the_policy_of_its_type() {
    #[derive(Close)]
    #[dispose(explicit)]
    struct Explicit {
        #[unmanaged(release = release)]
        handle: Option<Handle>,
    }

    #[derive(Dispose)]
    #[dispose(on_drop = ignore)]
    struct Silent {
        #[unmanaged(release = release)]
        handle: Option<Handle>,
    }

    impl Resource for Explicit {
        fn of(handle: Handle) -> Self {
            Self { handle: Some(handle) }
        }
    }

    impl Resource for Silent {
        fn of(handle: Handle) -> Self {
            Self { handle: Some(handle) }
        }
    }

    record_reports();
    let (shared, released) = new::<Explicit>(false);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), ["Explicit forgotten"]);

    let (shared, released) = new::<Silent>(true);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), [""; 0]);

    // The last lease closes, which is not a drop.
    let (shared, released) = new::<Explicit>(false);
    let lease = shared.lease().unwrap();
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    drop(lease);
    assert_eq!(released(), 1);
    assert_eq!(reported(), [""; 0]);

    let (shared, released) = new::<Silent>(true);
    let lease = shared.lease().unwrap();
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    drop(lease);
    assert_eq!(released(), 1);
    assert_eq!(reported(), ["Silent [failed to dispose `Silent`: handle: busy]"]);

    // A lease that is never returned leaves the value to the drop.
    let (shared, released) = new::<Explicit>(false);
    std::mem::forget(shared.lease().unwrap());
    assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
    drop(shared);
    assert_eq!(released(), 1);
    assert_eq!(reported(), ["Explicit forgotten"]);
}

#[test]
fn one_word_beside_the_value() {
    assert_eq!(size_of::<Shared<InPlace>>(), size_of::<InPlace>() + size_of::<usize>());
    assert_eq!(size_of::<Lease<'_, InPlace>>(), size_of::<usize>());
    assert_eq!(size_of::<OwnedLease<InPlace>>(), size_of::<usize>());
}

#[test]
fn debug_shows_the_state() {
    let (shared, _) = new::<ByHand>(false);
    let lease = shared.lease().unwrap();
    assert_eq!(format!("{shared:?}"), "Shared { disposed: false, leases: 1, .. }");
    assert_eq!(format!("{lease:?}"), format!("Lease({shared:?})"));
    shared.dispose().unwrap();
    assert_eq!(format!("{shared:?}"), "Shared { disposed: true, leases: 1, .. }");
    drop(lease);
    assert_eq!(format!("{shared:?}"), "Shared { disposed: true, leases: 0, .. }");
}

#[test]
fn a_panic_under_a_lease_returns_it() {
    let (shared, released) = new::<InPlace>(false);
    let panic = panic_of(|| {
        let _lease = shared.lease().unwrap();
        assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
        assert_eq!(released(), 0);
        panic!("in use");
    });
    assert_eq!(panic.unwrap(), "in use");
    assert_eq!(released(), 1);

    let (shared, released) = new::<InPlace>(false);
    thread::scope(|scope| {
        let user = scope.spawn(|| {
            let _lease = shared.lease().unwrap();
            panic!("in use");
        });
        assert!(user.join().is_err());
    });
    assert_eq!(shared.dispose().unwrap(), Closing::Released);
    assert_eq!(released(), 1);
}

#[test]
fn a_panic_in_the_release_is_not_followed_by_another() {
    #[derive(Close)]
    struct Bomb(#[unmanaged(release = log, always)] &'static str);

    panic_at("bomb");
    let shared = Shared::new(Bomb("bomb"));
    assert_eq!(panic_of(|| shared.dispose()).unwrap(), "bomb panicked");
    assert!(shared.lease().is_err());
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(logged(), "bomb");

    let shared = Arc::new(Shared::new(Bomb("bomb")));
    let lease = shared.lease_owned().unwrap();
    shared.dispose().unwrap();
    assert_eq!(panic_of(|| drop(lease)).unwrap(), "bomb panicked");
    drop(shared);
    assert_eq!(logged(), "bomb");

    let shared = Shared::new(Bomb("bomb"));
    assert_eq!(panic_of(|| shared.dispose_with(|_| ())).unwrap(), "bomb panicked");
    assert_eq!(shared.dispose().unwrap(), Closing::Already);
    drop(shared);
    assert_eq!(logged(), "bomb");

    let shared = Shared::new(Bomb("bomb"));
    assert_eq!(panic_of(|| drop(shared)).unwrap(), "bomb panicked");
    assert_eq!(logged(), "bomb");
}

#[test]
fn a_release_that_comes_back_finds_it_disposed() {
    struct Own(Arc<std::sync::OnceLock<Arc<Shared<Own>>>>, Arc<AtomicU32>);

    impl Close for Own {
        fn close(self) -> Result<(), DisposeError> {
            let shared = self.0.get().unwrap();
            assert!(shared.lease().is_err());
            assert_eq!(shared.dispose().unwrap(), Closing::Already);
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    let (cell, released) = (Arc::default(), Arc::<AtomicU32>::default());
    let shared = Arc::new(Shared::new(Own(Arc::clone(&cell), Arc::clone(&released))));
    assert!(cell.set(Arc::clone(&shared)).is_ok());
    assert_eq!(shared.dispose().unwrap(), Closing::Released);
    assert_eq!(released.load(Ordering::Relaxed), 1);
}

#[cfg(unix)]
#[test]
fn dispose_with_wakes_blocked_readers() {
    use std::io::Read;
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;

    #[derive(Close)]
    struct Socket {
        #[unmanaged(release = Self::release)]
        stream: Option<UnixStream>,
    }

    impl Socket {
        fn release(stream: UnixStream) -> io::Result<()> {
            drop(stream);
            Err(io::Error::other("closed"))
        }
        fn stream(&self) -> &UnixStream {
            self.stream.as_ref().unwrap()
        }
    }

    const READERS: usize = 3;
    for _ in 0..if cfg!(miri) { 1 } else { 100 } {
        let (stream, _peer) = UnixStream::pair().unwrap();
        let socket = Shared::new(Socket { stream: Some(stream) });
        let start = Barrier::new(READERS + 1);
        thread::scope(|scope| {
            let (socket, start) = (&socket, &start);
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    scope.spawn(move || {
                        record_reports();
                        let lease = socket.lease().unwrap();
                        start.wait();
                        assert_eq!(lease.stream().read(&mut [0]).unwrap(), 0);
                        drop(lease);
                        reported().len()
                    })
                })
                .collect();
            start.wait();
            let closing = socket.dispose_with(|socket| {
                socket.stream().shutdown(Shutdown::Both).unwrap();
            });
            let reported: usize = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
            match closing {
                Ok(closing) => assert_eq!((closing, reported), (Closing::Deferred, 1)),
                Err(error) => {
                    assert_eq!(error.first().error().to_string(), "closed");
                    assert_eq!(reported, 0);
                }
            }
        });
    }
}

#[test]
fn a_child_holds_its_parent() {
    #[derive(Close)]
    struct Connection {
        #[unmanaged(release = log, always)]
        name: &'static str,
    }

    #[derive(Close)]
    struct Statement {
        connection: OwnedLease<Connection>,
        #[unmanaged(release = log, always)]
        name: &'static str,
    }

    impl Statement {
        fn new(connection: &Arc<Shared<Connection>>, name: &'static str) -> Self {
            Self { connection: connection.lease_owned().unwrap(), name }
        }
    }

    let connection = Arc::new(Shared::new(Connection { name: "connection" }));
    let select = Statement::new(&connection, "select");
    let insert = Statement::new(&connection, "insert");
    assert_eq!(connection.dispose().unwrap(), Closing::Deferred);
    assert!(connection.lease_owned().is_err());
    drop(connection);
    assert_eq!(select.connection.name, "connection");
    drop(select);
    assert_eq!(logged(), "select");
    insert.close().unwrap();
    assert_eq!(logged(), "insert connection");
}

#[test]
fn send_and_sync_exactly_when_sound() {
    /// Whether `T` is `Send` or `Sync`: the inherent constant if it is, else the trait's.
    struct Is<T>(PhantomData<T>);

    trait Not {
        const SEND: bool = false;
        const SYNC: bool = false;
    }

    impl<T> Not for Is<T> {}

    impl<T: Send> Is<T> {
        const SEND: bool = true;
    }

    impl<T: Sync> Is<T> {
        const SYNC: bool = true;
    }

    struct Kind<M>(PhantomData<M>);

    impl<M> Close for Kind<M> {
        fn close(self) -> Result<(), DisposeError> {
            Ok(())
        }
    }

    type Both = Kind<u8>;
    type OnlySend = Kind<Cell<u8>>;
    type OnlySync = Kind<std::sync::MutexGuard<'static, u8>>;
    type Neither = Kind<*mut u8>;

    macro_rules! table {
        ($($shared:ty: $send:literal $sync:literal,)*) => {$(
            assert_eq!((Is::<$shared>::SEND, Is::<$shared>::SYNC), ($send, $sync), stringify!($shared));
        )*};
    }
    table! {
        Both: true true,
        OnlySend: true false,
        OnlySync: false true,
        Neither: false false,
        Shared<Both>: true true,
        Shared<OnlySend>: true false,
        Shared<OnlySync>: false false,
        Shared<Neither>: false false,
        Lease<'static, Both>: true true,
        Lease<'static, OnlySend>: false false,
        Lease<'static, OnlySync>: false true,
        Lease<'static, Neither>: false false,
        OwnedLease<Both>: true true,
        OwnedLease<OnlySend>: false false,
        OwnedLease<OnlySync>: false true,
        OwnedLease<Neither>: false false,
    }
}

#[test]
fn safe_to_see_after_a_panic() {
    fn unwind_safe<T: UnwindSafe>() {}
    unwind_safe::<&Shared<ByHand>>();
    unwind_safe::<Arc<Shared<ByHand>>>();
    unwind_safe::<Lease<'_, ByHand>>();
    unwind_safe::<OwnedLease<ByHand>>();
}

#[test]
fn many_threads_release_once() {
    const THREADS: usize = 4;
    let rounds = if cfg!(miri) { 10 } else { 2_000 };
    for round in 0..rounds {
        let (shared, released) = new::<ByValue>(false);
        let shared = Arc::new(shared);
        let start = Arc::new(Barrier::new(THREADS));
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (shared, start) = (Arc::clone(&shared), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    let mut disposed = 0;
                    for step in 0..20 {
                        let lease = shared.lease_owned();
                        if let Ok(lease) = &lease {
                            // Read by address: the value would be gone if it were released.
                            let (fails, released) = lease.handle.as_ref().unwrap();
                            assert!(!fails);
                            assert_eq!(released.load(Ordering::Relaxed), 0);
                        }
                        if (step + round) % 20 == thread {
                            let closing = if thread % 2 == 0 {
                                shared.dispose()
                            } else {
                                shared.dispose_with(|value| assert!(value.handle.is_some()))
                            };
                            disposed += u32::from(closing.unwrap() != Closing::Already);
                        }
                    }
                    disposed
                })
            })
            .collect();
        let disposed: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(disposed, 1);
        assert_eq!(released(), 1);
        assert!(shared.lease().is_err());
    }
}
