//! All interleavings of the operations of `Shared`, two and three threads at a time, explored to the
//! end. Run with
//!
//! ```sh
//! cargo test -p dispose-loom --release -- --nocapture
//! ```

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dispose_loom::{
    Close, Closing, DisposeError, Disposed, Lease, OwnedLease, Shared, lease_owned,
};
use loom::cell::UnsafeCell;
use loom::sync::Arc as LoomArc;
use loom::thread;

/// Closing and dropping it write to loom's cell, which finds every access that is not ordered with
/// that. Closing always fails, so that the errors can be counted.
struct Handle {
    open: UnsafeCell<bool>,
    closed: bool,
    seen: Arc<Seen>,
}

// SAFETY: that the accesses do not race is what the models show; loom's cell panics otherwise.
unsafe impl Sync for Handle {}

impl Handle {
    fn is_open(&self) -> bool {
        // SAFETY: loom's cell panics if it is written to meanwhile.
        self.open.with(|open| unsafe { *open })
    }

    fn release(&self) {
        assert!(self.is_open());
        // SAFETY: loom's cell panics if it is accessed meanwhile.
        self.open.with_mut(|open| unsafe { *open = false });
    }
}

impl Close for Handle {
    fn close(mut self) -> Result<(), DisposeError> {
        if self.seen.disposers.load(Ordering::Relaxed) == 1 {
            // SAFETY: loom's cell panics if that is not ordered before.
            assert!(self.seen.disposing.with(|disposing| unsafe { *disposing }));
        }
        self.release();
        self.closed = true;
        self.seen.closes.fetch_add(1, Ordering::Relaxed);
        Err(DisposeError { unseen: Arc::clone(&self.seen.unseen) })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.closed {
            self.release();
            self.seen.drops.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What happened in one execution. The counts are not loom's atomics, so they order nothing.
struct Seen {
    closes: AtomicUsize,
    drops: AtomicUsize,
    /// The threads that will dispose of it.
    disposers: AtomicUsize,
    first_disposals: AtomicUsize,
    /// Errors of closing that a caller received.
    returned: AtomicUsize,
    /// And those that the hook received.
    unseen: Arc<AtomicUsize>,
    /// Set before the disposal, if there is one. The release must see that.
    disposing: UnsafeCell<bool>,
}

// SAFETY: only for the cell, and loom's cell panics if it is accessed in a race.
unsafe impl Sync for Seen {}

impl Seen {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            closes: AtomicUsize::new(0),
            drops: AtomicUsize::new(0),
            disposers: AtomicUsize::new(0),
            first_disposals: AtomicUsize::new(0),
            returned: AtomicUsize::new(0),
            unseen: Arc::default(),
            disposing: UnsafeCell::new(false),
        })
    }

    /// For a thread that will dispose of it.
    fn of_disposer(self: &Arc<Self>) -> Arc<Self> {
        self.disposers.fetch_add(1, Ordering::Relaxed);
        Arc::clone(self)
    }

    fn begin_disposal(&self) {
        if self.disposers.load(Ordering::Relaxed) == 1 {
            // SAFETY: no other thread disposes, and loom's cell panics if the release does not come after.
            self.disposing.with_mut(|disposing| unsafe { *disposing = true });
        }
    }

    /// Returns whether this was the first disposal.
    fn end_disposal(&self, result: &Result<Closing, DisposeError>) -> bool {
        let first = match result {
            Ok(Closing::Released) => panic!("closing fails"),
            Ok(Closing::Deferred) => true,
            Ok(Closing::Already) => false,
            Err(_) => {
                assert_eq!(self.closes.load(Ordering::Relaxed), 1, "it was released here");
                self.returned.fetch_add(1, Ordering::Relaxed);
                true
            }
        };
        self.first_disposals.fetch_add(first.into(), Ordering::Relaxed);
        first
    }

    fn check(&self) {
        let [closes, drops, disposers, first_disposals, returned] =
            [&self.closes, &self.drops, &self.disposers, &self.first_disposals, &self.returned]
                .map(|count| count.load(Ordering::Relaxed));
        let disposed = disposers.min(1);
        assert_eq!(first_disposals, disposed, "one disposal is the first");
        assert_eq!(closes, disposed, "closed exactly once, if it was disposed of");
        assert_eq!(drops, 1 - disposed, "else dropped");
        assert_eq!(
            returned + self.unseen.load(Ordering::Relaxed),
            closes,
            "the error goes somewhere"
        );
    }
}

/// How the threads share: by reference, so that only the operations of `Shared` are interleaved, or
/// by an `Arc`, whose last owner drops the `Shared`.
trait Sharing: Clone + Deref<Target = Shared<Handle>> + Send + 'static {
    type Lease: Deref<Target = Handle> + Send;
    fn lease_for_long(&self) -> Result<Self::Lease, Disposed>;
}

impl Sharing for &'static Shared<Handle> {
    type Lease = Lease<'static, Handle>;
    fn lease_for_long(&self) -> Result<Self::Lease, Disposed> {
        self.lease()
    }
}

impl Sharing for LoomArc<Shared<Handle>> {
    type Lease = OwnedLease<Handle>;
    fn lease_for_long(&self) -> Result<Self::Lease, Disposed> {
        lease_owned(self)
    }
}

/// What one thread does. The call prepares it, the closure runs in the thread.
type Part<S> = fn(S, &Arc<Seen>) -> Box<dyn FnOnce() + Send>;
type Parts<S> = Vec<(&'static str, Part<S>)>;

fn lease<S: Sharing>(shared: S, _: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || {
        if let Ok(handle) = shared.lease() {
            assert!(handle.is_open());
        }
    })
}

fn lease_twice<S: Sharing>(shared: S, _: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || {
        let first = shared.lease();
        let second = shared.lease();
        assert!(first.is_ok() || second.is_err(), "after a refusal there are no leases");
        for handle in [&first, &second].into_iter().flatten() {
            assert!(handle.is_open());
        }
    })
}

fn lease_and_let_go<S: Sharing>(shared: S, _: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || {
        let lease = shared.lease_for_long();
        drop(shared);
        if let Ok(handle) = lease {
            assert!(handle.is_open());
        }
    })
}

fn give_back<S: Sharing>(shared: S, _: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let lease = shared.lease_for_long().expect("nothing is disposed yet");
    drop(shared);
    Box::new(move || {
        assert!(lease.is_open());
        drop(lease);
    })
}

fn dispose<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let seen = seen.of_disposer();
    Box::new(move || {
        seen.begin_disposal();
        seen.end_disposal(&shared.dispose());
    })
}

fn dispose_and_lease<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let dispose = dispose(shared.clone(), seen);
    Box::new(move || {
        dispose();
        assert!(shared.is_disposed());
        assert!(shared.lease().is_err());
    })
}

fn dispose_with<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let seen = seen.of_disposer();
    Box::new(move || {
        seen.begin_disposal();
        let mut called = false;
        let result = shared.dispose_with(|handle| {
            called = true;
            assert!(handle.is_open());
        });
        assert_eq!(seen.end_disposal(&result), called);
    })
}

/// Inside, it is disposed of, and still open.
fn dispose_with_more<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let seen = seen.of_disposer();
    Box::new(move || {
        seen.begin_disposal();
        let result = shared.dispose_with(|handle| {
            assert!(shared.is_disposed());
            assert!(shared.lease().is_err());
            assert_eq!(shared.dispose().unwrap(), Closing::Already);
            let again = shared.dispose_with(|_| panic!("not called"));
            assert_eq!(again.unwrap(), Closing::Already);
            assert!(handle.is_open());
        });
        seen.end_disposal(&result);
    })
}

/// Inside, the last lease of the caller itself is returned.
fn dispose_with_return<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let lease = shared.lease_for_long().expect("nothing is disposed yet");
    let seen = seen.of_disposer();
    Box::new(move || {
        seen.begin_disposal();
        let result = shared.dispose_with(|handle| {
            drop(lease);
            assert!(handle.is_open());
        });
        seen.end_disposal(&result);
    })
}

fn dispose_with_panic<S: Sharing>(shared: S, seen: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    let seen = seen.of_disposer();
    Box::new(move || {
        seen.begin_disposal();
        let result = catch_unwind(AssertUnwindSafe(|| {
            shared.dispose_with(|handle| {
                assert!(handle.is_open());
                resume_unwind(Box::new("in the call"));
            })
        }));
        match result {
            Ok(result) => assert!(!seen.end_disposal(&result), "not called"),
            Err(panic) => {
                assert_eq!(panic.downcast_ref(), Some(&"in the call"));
                seen.first_disposals.fetch_add(1, Ordering::Relaxed);
            }
        }
    })
}

fn let_go<S: Sharing>(shared: S, _: &Arc<Seen>) -> Box<dyn FnOnce() + Send> {
    Box::new(move || drop(shared))
}

/// Runs each part in a thread, the first in this one.
fn run<S: Sharing>(shared: S, parts: &[Part<S>], seen: &Arc<Seen>) {
    let mut parts: Vec<_> = parts.iter().map(|part| part(shared.clone(), seen)).collect();
    drop(shared);
    let here = parts.remove(0);
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    here();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn by_reference(parts: Vec<Part<&'static Shared<Handle>>>) -> usize {
    explore(move |handle, seen| {
        let shared = Box::into_raw(Box::new(Shared::new(handle)));
        // SAFETY: the threads end before the box goes.
        run(unsafe { &*shared }, &parts, seen);
        // SAFETY: made from a box above, and the threads have ended.
        drop(unsafe { Box::from_raw(shared) });
    })
}

fn by_arc(parts: Vec<Part<LoomArc<Shared<Handle>>>>) -> usize {
    explore(move |handle, seen| run(LoomArc::new(Shared::new(handle)), &parts, seen))
}

/// Explores everything that `model` can do, and returns the number of executions.
fn explore(model: impl Fn(Handle, &Arc<Seen>) + Send + Sync + 'static) -> usize {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = None;
    builder.max_duration = None;
    builder.max_permutations = None;
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        let seen = Seen::new();
        let open = UnsafeCell::new(true);
        model(Handle { open, closed: false, seen: Arc::clone(&seen) }, &seen);
        seen.check();
    });
    executions.load(Ordering::Relaxed)
}

/// Explores every choice of two of `parts`, the same one twice included.
fn pairs<S: Sharing>(how: &str, parts: &Parts<S>, explore: fn(Vec<Part<S>>) -> usize) {
    let mut total = 0;
    for (n, &(name_1, part_1)) in parts.iter().enumerate() {
        for &(name_2, part_2) in &parts[n..] {
            let executions = explore(vec![part_1, part_2]);
            println!("{how}: {name_1} | {name_2}: {executions}");
            total += executions;
        }
    }
    println!("two threads, {how}: {total} executions");
}

/// Explores every choice of three of `parts`, the same one several times included.
fn triples<S: Sharing>(how: &str, parts: &Parts<S>, explore: fn(Vec<Part<S>>) -> usize) {
    let mut total = 0;
    for (n, &(name_1, part_1)) in parts.iter().enumerate() {
        for (m, &(name_2, part_2)) in parts.iter().enumerate().skip(n) {
            for &(name_3, part_3) in &parts[m..] {
                let executions = explore(vec![part_1, part_2, part_3]);
                println!("{how}: {name_1} | {name_2} | {name_3}: {executions}");
                total += executions;
            }
        }
    }
    println!("three threads, {how}: {total} executions");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes with --release, else much longer")]
fn two_threads() {
    pairs(
        "by reference",
        &vec![
            ("lease", lease),
            ("return", give_back),
            ("dispose", dispose),
            ("lease twice", lease_twice),
            ("dispose, lease", dispose_and_lease),
            ("dispose_with", dispose_with),
            ("dispose_with, more inside", dispose_with_more),
            ("dispose_with, return inside", dispose_with_return),
            ("dispose_with, panic inside", dispose_with_panic),
        ],
        by_reference,
    );
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes with --release, else much longer")]
fn two_owners() {
    pairs(
        "by Arc",
        &vec![
            ("lease", lease),
            ("return", give_back),
            ("dispose", dispose),
            ("drop", let_go),
            ("lease twice", lease_twice),
            ("lease, drop, return", lease_and_let_go),
            ("dispose, lease", dispose_and_lease),
            ("dispose_with", dispose_with),
            ("dispose_with, return inside", dispose_with_return),
            ("dispose_with, panic inside", dispose_with_panic),
        ],
        by_arc,
    );
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes with --release, else much longer")]
fn three_threads() {
    triples(
        "by reference",
        &vec![
            ("return", give_back),
            ("dispose", dispose),
            ("dispose_with", dispose_with),
            ("lease", lease),
        ],
        by_reference,
    );
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes with --release, else much longer")]
fn three_owners() {
    triples(
        "by Arc",
        &vec![("drop", let_go), ("dispose", dispose), ("return", give_back), ("lease", lease)],
        by_arc,
    );
}
