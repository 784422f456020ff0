//! A descriptor's number is given to the next file as soon as it is closed. Threads that use one
//! under a lease, while it is disposed and its number is taken by another file, never reach that.

#![cfg(all(unix, feature = "derive", feature = "std", not(miri)))]

use std::fs::{self, File};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

use dispose_core::{Close, Closing, SafeHandle, Shared};

#[derive(Close, SafeHandle)]
struct Descriptor {
    #[unmanaged(release = Self::release, invalid = -1)]
    fd: RawFd,
}

impl Descriptor {
    fn open(path: &Path) -> io::Result<Self> {
        // SAFETY: the number is the file's own, which it gives up.
        Ok(unsafe { Self::from_raw(File::open(path)?.into_raw_fd()) })
    }

    fn release(fd: RawFd) {
        // SAFETY: called once, with the number that was given up to `open`.
        drop(unsafe { OwnedFd::from_raw_fd(fd) });
    }

    /// The file's first byte.
    fn first(&self) -> u8 {
        let fd = self.as_raw().expect("leased, so not closed");
        // SAFETY: open as long as `self`, and not closed by the `File`.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
        let mut byte = [0];
        file.read_exact_at(&mut byte, 0).expect("open, and not empty");
        byte[0]
    }
}

/// The tests wait for numbers, which the other could hold.
static ALONE: Mutex<()> = Mutex::new(());

const OURS: u8 = b'o';
const THEIRS: u8 = b't';

/// A file of one byte, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(byte: u8) -> Self {
        let name = format!("dispose-recycle-{}-{byte}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, [byte]).expect("a file in the temporary directory");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens `path` until it is given the number `fd`, and reads it through that.
fn take_over(fd: RawFd, path: &Path) -> u8 {
    let mut lower = Vec::new();
    loop {
        let descriptor = Descriptor::open(path).expect("it exists");
        match descriptor.as_raw() {
            Ok(number) if number == fd => return descriptor.first(),
            // The system gives the lowest number that is free.
            Ok(number) if number < fd => lower.push(descriptor),
            _ => thread::yield_now(),
        }
    }
}

#[test]
fn no_lease_reaches_a_recycled_number() {
    const USERS: usize = 3;
    const ROUNDS: usize = 300;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (ours, theirs) = (Scratch::new(OURS), Scratch::new(THEIRS));
    let (mut uses, mut released, mut deferred) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let descriptor = Descriptor::open(&ours.0).unwrap();
        let fd = descriptor.as_raw().unwrap();
        let shared = Arc::new(Shared::new(descriptor));
        let start = Barrier::new(USERS + 2);
        let in_round = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..USERS {
                scope.spawn(|| {
                    start.wait();
                    while let Ok(descriptor) = shared.lease() {
                        assert_eq!(descriptor.first(), OURS);
                        in_round.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let taken_over = scope.spawn(|| {
                start.wait();
                take_over(fd, &theirs.0)
            });
            start.wait();
            while in_round.load(Ordering::Relaxed) < USERS {
                thread::yield_now();
            }
            match shared.dispose().unwrap() {
                Closing::Released => released += 1,
                Closing::Deferred => deferred += 1,
                Closing::Already => unreachable!("disposed once"),
            }
            assert_eq!(taken_over.join().unwrap(), THEIRS, "the number was recycled");
        });
        uses += in_round.into_inner();
    }
    println!("{uses} uses; {released} released at once, {deferred} by the last lease");
    assert_eq!(released + deferred, ROUNDS);
}

#[test]
fn a_number_is_not_recycled_under_a_lease() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (ours, theirs) = (Scratch::new(OURS), Scratch::new(THEIRS));
    let descriptor = Descriptor::open(&ours.0).unwrap();
    let fd = descriptor.as_raw().unwrap();
    let shared = Arc::new(Shared::new(descriptor));
    let lease = shared.lease_owned().unwrap();
    let returned = AtomicBool::new(false);
    thread::scope(|scope| {
        let taken_over = scope.spawn(|| {
            let byte = take_over(fd, &theirs.0);
            (byte, returned.load(Ordering::Acquire))
        });
        assert_eq!(shared.dispose().unwrap(), Closing::Deferred);
        for _ in 0..1_000 {
            assert_eq!(lease.first(), OURS);
        }
        returned.store(true, Ordering::Release);
        drop(lease);
        assert_eq!(taken_over.join().unwrap(), (THEIRS, true));
    });
}
