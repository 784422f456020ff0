//! Helpers of the tests of processes and descriptors.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use dispose_core::set_drop_hook;

/// Lets one test run at a time, because descriptors, their limit and the drop hook are the process's.
///
/// The drop hook panics, because these tests expect that it receives nothing.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    set_drop_hook(Some(|report| panic!("{report}")));
    alone
}

/// Returns the number of descriptors that the process has open.
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count() - 1 // less the one that reads
}

/// Runs `body` while the process can have `spare` more descriptors, and no others.
pub fn with_descriptors<R>(spare: usize, body: impl FnOnce() -> R) -> R {
    /// Puts the limit back, also on a panic.
    struct Limit(libc::rlimit);
    impl Drop for Limit {
        fn drop(&mut self) {
            // SAFETY: reads a struct that is there.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const self.0) }, 0);
        }
    }
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes a struct that is there.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut old) }, 0);
    let _restored = Limit(old);

    // Numbers below the limit that are free are filled but for the spare ones.
    let file = fs::File::open("/dev/null").unwrap();
    let filled: Vec<_> = (0..16).map(|_| file.try_clone().unwrap()).collect();
    let top = filled.iter().chain([&file]).map(std::os::fd::AsRawFd::as_raw_fd).max().unwrap();
    let cur = libc::rlim_t::try_from(top + 1).unwrap();
    let low = libc::rlimit { rlim_cur: cur, ..old };
    // SAFETY: reads a struct that is there.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const low) }, 0);
    let mut filled = filled;
    while let Ok(more) = file.try_clone() {
        filled.push(more);
    }
    assert_eq!(file.try_clone().unwrap_err().raw_os_error(), Some(libc::EMFILE));
    filled.truncate(filled.len() - spare);
    body()
}

/// Waits until `state` returns `expected`, because a server acts with a delay.
pub fn wait_for<T: PartialEq + std::fmt::Debug>(expected: &T, mut state: impl FnMut() -> T) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let now = state();
        if now == *expected {
            return;
        }
        assert!(Instant::now() < end, "still {now:?}, not {expected:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns `true` for the error of a program that is not installed. The test is then skipped.
pub fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
