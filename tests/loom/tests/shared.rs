//! All interleavings of the operations of `Shared`, two and three threads at a time, explored to the
//! end: nearly three million executions, in minutes. Run with
//!
//! ```sh
//! cargo test -p dispose-loom --release -- --nocapture
//! ```

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dispose_loom::{
    Close, Closing, DisposeError, Disposed, Lease, OwnedLease, Shared, lease_owned,
};
use loom::cell::UnsafeCell;
use loom::sync::Arc as LoomArc;
use loom::thread;

/// The release writes to loom's cell, which finds every access that is not ordered with it.
struct Handle {
    open: UnsafeCell<bool>,
    seen: Arc<Seen>,
}

// SAFETY: that the accesses do not race is what the models show; loom's cell panics otherwise.
unsafe impl Sync for Handle {}

impl Handle {
    fn is_open(&self) -> bool {
        // SAFETY: loom's cell panics if it is written to meanwhile.
        self.open.with(|open| unsafe { *open })
    }
}

impl Close for Handle {
    fn close(self) -> Result<(), DisposeError> {
        assert!(self.is_open());
        if self.seen.disposals.load(Ordering::Relaxed) > 0 {
            assert!(self.seen.told.load(Ordering::Relaxed), "released by a disposal, unseen");
        }
        // SAFETY: loom's cell panics if it is accessed meanwhile.
        self.open.with_mut(|open| unsafe { *open = false });
        self.seen.releases.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What happened in one execution. The counts are not loom's atomics, so they order nothing.
#[derive(Default)]
struct Seen {
    releases: AtomicUsize,
    disposals: AtomicUsize,
    first_disposals: AtomicUsize,
    /// Stored before `dispose`: a release that follows it must see that.
    told: loom::sync::atomic::AtomicBool,
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
    let seen = Arc::clone(seen);
    Box::new(move || {
        seen.told.store(true, Ordering::Relaxed);
        seen.disposals.fetch_add(1, Ordering::Relaxed);
        let closing = shared.dispose().unwrap();
        if closing != Closing::Already {
            seen.first_disposals.fetch_add(1, Ordering::Relaxed);
        }
        if closing == Closing::Released {
            assert_eq!(seen.releases.load(Ordering::Relaxed), 1);
        }
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
        let seen = Arc::new(Seen::default());
        model(Handle { open: UnsafeCell::new(true), seen: Arc::clone(&seen) }, &seen);
        assert_eq!(seen.releases.load(Ordering::Relaxed), 1, "released exactly once");
        assert_eq!(
            seen.first_disposals.load(Ordering::Relaxed),
            seen.disposals.load(Ordering::Relaxed).min(1),
            "one disposal is the first"
        );
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
        ],
        by_arc,
    );
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes with --release, else much longer")]
fn three_threads() {
    triples(
        "by reference",
        &vec![("lease", lease), ("return", give_back), ("dispose", dispose)],
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
