//! Ways to make releases fail for real, and to see that something was released.

use std::ffi::{CString, c_int};
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs, mem, process, ptr, thread};

use dispose_core::{DisposeError, StatusError};

use crate::row::SCRATCH;

/// Blocks every signal in this thread, and in those that it starts.
pub(crate) fn block_signals() {
    set_signals(libc::sigfillset);
}

/// Leaves the process to this thread: the harness's own, which has started it with all signals blocked,
/// receives none and has come to rest. A library's handler, or an allocation, is then the row's.
pub(crate) fn be_the_only_thread() {
    let harness = format!("/proc/self/task/{}/stat", process::id());
    // The state stands behind the name in parentheses.
    while !fs::read_to_string(&harness).unwrap().contains(") S ") {
        thread::yield_now();
    }
    set_signals(libc::sigemptyset);
}

fn set_signals(fill: unsafe extern "C" fn(*mut libc::sigset_t) -> libc::c_int) {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `fill` writes the set, which is then only read.
    unsafe {
        fill(set.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut());
    }
}

/// Runs `body` while no file of this process can grow beyond `bytes`: writing more is `EFBIG`.
///
/// # Panics
///
/// Panics if the limit is refused.
pub fn no_room<R>(bytes: u64, body: impl FnOnce() -> R) -> R {
    let before = set_limit(libc::RLIMIT_FSIZE, bytes);
    let result = body();
    set_limit(libc::RLIMIT_FSIZE, before);
    result
}

/// Sets a soft limit of this process, and returns the old one.
fn set_limit(resource: libc::__rlimit_resource_t, value: u64) -> u64 {
    // SAFETY: the signal of a file that is too large is ignored, so that the write fails instead.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    // SAFETY: all zeros is an `rlimit`, which is written.
    let mut limit = unsafe { mem::zeroed::<libc::rlimit>() };
    // SAFETY: the pointer is valid during the call.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut limit) }, 0);
    let before = mem::replace(&mut limit.rlim_cur, value.min(limit.rlim_max));
    // SAFETY: as above.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
    before
}

/// Returns a file's path in this row's own folder, which is removed after the test.
///
/// # Panics
///
/// Panics outside of a row.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(SCRATCH).unwrap()).join(name)
}

/// Returns the path of [`scratch`] as a C string.
///
/// # Panics
///
/// Panics outside of a row.
#[must_use]
pub fn scratch_c(name: &str) -> CString {
    CString::new(scratch(name).as_os_str().as_encoded_bytes()).unwrap()
}

/// Returns the size of a file in [`scratch`], or 0 if it does not exist.
#[must_use]
pub fn size(name: &str) -> u64 {
    fs::metadata(scratch(name)).map_or(0, |data| data.len())
}

/// Returns the number of bytes that `malloc` has allocated and that are not freed. `Seen` allocates too, so it is
/// not called between two counts.
#[must_use]
pub fn allocated() -> usize {
    // SAFETY: may be called at any time.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// Runs `body`, and returns how many bytes more it freed than it allocated.
///
/// # Panics
///
/// Panics if the count does not fit.
pub fn freed(body: impl FnOnce()) -> i64 {
    let before = i64::try_from(allocated()).unwrap();
    body();
    before - i64::try_from(allocated()).unwrap()
}

/// Returns the number of descriptors that this process has open.
///
/// # Panics
///
/// Panics without `/proc`.
#[must_use]
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count() - 1 // less the one that reads
}

/// Returns `true` if this process has a descriptor of that number.
#[must_use]
pub fn is_open(fd: i32) -> bool {
    // SAFETY: only asks.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Returns the number of descriptors that this process has of a file in [`scratch`].
///
/// # Panics
///
/// Panics without `/proc`.
#[must_use]
pub fn opened(name: &str) -> usize {
    let path = scratch(name);
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    entries
        .filter(|entry| fs::read_link(entry.as_ref().unwrap().path()).is_ok_and(|to| to == path))
        .count()
}

/// Returns `true` if a file whose path holds `part` is mapped into this process.
///
/// # Panics
///
/// Panics without `/proc`.
#[must_use]
pub fn mapped(part: &str) -> bool {
    fs::read_to_string("/proc/self/maps").unwrap().contains(part)
}

/// Returns whether `body` aborts the process: a child process, which is quiet about it.
///
/// # Panics
///
/// Panics if it cannot fork.
pub fn aborts(body: impl FnOnce()) -> bool {
    let status = forked(|| {
        set_limit(libc::RLIMIT_CORE, 0);
        // SAFETY: the child owns its copies, and prints nothing more.
        unsafe { (libc::close(1), libc::close(2)) };
        body();
        true
    });
    libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGABRT
}

/// Returns what `body` returns in a forked child, or `false` if it ends the child.
///
/// # Panics
///
/// Panics if it cannot fork.
pub fn in_child(body: impl FnOnce() -> bool) -> bool {
    let status = forked(body);
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

/// Returns the status of a child that runs `body`, and exits with 0 if that is `true`.
fn forked(body: impl FnOnce() -> bool) -> c_int {
    // SAFETY: the child calls the body alone, and ends at once.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let code = c_int::from(!body());
        // SAFETY: as above.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: the pointer is valid during the call.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    status
}

/// Returns the number of threads of this process.
///
/// # Panics
///
/// Panics without `/proc`.
#[must_use]
pub fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Runs `body`, and returns how long it took.
pub fn timed<R>(body: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let result = body();
    (result, start.elapsed())
}

/// Waits until `state` holds. Returns `false` if that takes longer than ten seconds.
pub fn comes(mut state: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while !state() {
        if Instant::now() > end {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Returns the status with which a wrapper with one handle failed.
///
/// # Panics
///
/// Panics unless it failed with one.
#[track_caller]
pub fn code<T>(outcome: Result<T, DisposeError>) -> i128 {
    let error = outcome.err().expect("it succeeded");
    match error.downcast_ref::<StatusError>() {
        Some(status) => status.code(),
        None => panic!("no status: {error}"),
    }
}

/// Returns the error number of the operating system with which a wrapper failed.
///
/// # Panics
///
/// Panics unless it failed with one.
#[track_caller]
pub fn os<T>(outcome: Result<T, DisposeError>) -> i32 {
    let error = outcome.err().expect("it succeeded");
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) {
        Some(code) => code,
        None => panic!("no error number: {error}"),
    }
}

static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Makes the drop hook collect the reports that it receives.
pub(crate) fn listen() {
    dispose_core::set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
}

/// Returns the reports that the drop hook has received since the last call.
///
/// # Panics
///
/// Panics if a hook has panicked.
pub fn reports() -> Vec<String> {
    mem::take(&mut *REPORTS.lock().unwrap())
}

/// Returns `true` if the other side of a connection has closed it and nothing is left to read.
#[must_use]
pub fn is_closed(mut peer: &TcpStream) -> bool {
    let mut buffer = [0; 4096];
    let _ = peer.set_read_timeout(Some(Duration::from_millis(300)));
    loop {
        match std::io::Read::read(&mut peer, &mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}
