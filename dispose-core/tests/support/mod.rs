//! The log and the handles of all behaviour tests. What they mean is on top of `tests/src/lib.rs`.
//!
//! The tests beside this file cannot depend on that package, which depends on this one. So it has them from
//! here, and this package's tests are complete without it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unnecessary_wraps,
    reason = "each test beside it uses a part, of a module that is private there"
)]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::{self, Command};
use std::sync::Once;
use std::task::{Context, Poll, Waker};
use std::{env, error, fmt, io, mem, thread};

use dispose_core::{DropReport, set_drop_hook};

thread_local! {
    static RECORDER: Recorder = Recorder::new();
    static REFUSED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    /// The number of [`panic_of`] that are going on.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// A panic that no [`panic_of`] catches has failed the test.
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// The entries and reports that a thread has recorded and not taken.
struct Recorder {
    thread: String,
    log: RefCell<Vec<String>>,
    panics_at: RefCell<String>,
    records_reports: Cell<bool>,
    reports: RefCell<Vec<String>>,
}

impl Recorder {
    fn new() -> Self {
        note_failures();
        let thread = thread::current().name().unwrap_or("a thread").to_owned();
        Self {
            thread,
            log: RefCell::default(),
            panics_at: RefCell::default(),
            records_reports: Cell::new(false),
            reports: RefCell::default(),
        }
    }
}

/// Notes a panic that fails the test, so that what it left unread is not reported besides.
fn note_failures() {
    static HOOK: Once = Once::new();
    if thread::panicking() {
        return; // a hook cannot be set meanwhile
    }
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            FAILED.set(FAILED.get() || CATCHING.get() == 0);
            before(panic);
        }));
    });
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let (log, reports) = (self.log.take(), self.reports.take());
        if FAILED.get() || (log.is_empty() && reports.is_empty()) {
            return;
        }
        // The test has been reported as passed, and a panic would abort without naming it.
        let _ = writeln!(
            io::stderr(),
            "\n{}: recorded and not read: {log:?}, {reports:?}",
            self.thread
        );
        process::exit(101);
    }
}

/// Makes the releases of these handles fail on this thread, and of no others that would succeed.
pub fn refuse(names: &[&'static str]) {
    REFUSED.set(names.to_vec());
}

/// Returns the error of a release of this name, if it is [refused](refuse).
///
/// # Errors
///
/// Returns [`Refused`] if it is.
pub fn refused(name: &str) -> Result<(), Refused> {
    let refused =
        REFUSED.with_borrow(|names| names.iter().copied().find(|refused| *refused == name));
    refused.map_or(Ok(()), |name| Err(Refused(name)))
}

/// Adds an entry to this thread's log.
///
/// # Panics
///
/// Panics if it is the entry to [panic at](panic_at).
pub fn log(entry: impl fmt::Display) {
    let entry = entry.to_string();
    let panics = RECORDER.with(|recorder| {
        recorder.log.borrow_mut().push(entry.clone());
        *recorder.panics_at.borrow() == entry
    });
    assert!(!panics, "{entry} panicked");
}

/// Makes [`log`] panic on this thread when it has added this entry. With `""` none panics.
pub fn panic_at(entry: impl fmt::Display) {
    RECORDER.with(|recorder| recorder.panics_at.replace(entry.to_string()));
}

/// Takes this thread's log: its entries, separated by spaces.
#[must_use]
pub fn logged() -> String {
    RECORDER.with(|recorder| recorder.log.take()).join(" ")
}

/// Makes the drop hook record the reports that this thread causes.
pub fn record_reports() {
    fn keep(report: &DropReport) {
        let forgotten = if report.forgotten() { " forgotten" } else { "" };
        let error = report.error().map_or(String::new(), |error| format!(" [{error}]"));
        let report = format!("{}{forgotten}{error}", report.type_name());
        RECORDER.with(|recorder| {
            if recorder.records_reports.get() {
                recorder.reports.borrow_mut().push(report);
            }
        });
    }
    RECORDER.with(|recorder| recorder.records_reports.set(true));
    set_drop_hook(Some(keep));
}

/// Takes this thread's reports.
#[must_use]
pub fn reported() -> Vec<String> {
    RECORDER.with(|recorder| recorder.reports.take())
}

/// Calls `body` and returns the message of its panic, or `None` if it does not panic.
pub fn panic_of<R>(body: impl FnOnce() -> R) -> Option<String> {
    note_failures();
    CATCHING.set(CATCHING.get() + 1);
    let caught = catch_unwind(AssertUnwindSafe(body));
    CATCHING.set(CATCHING.get() - 1);
    let panic = caught.err()?;
    Some(match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => {
            panic.downcast::<&str>().map_or("?".to_owned(), |message| (*message).to_owned())
        }
    })
}

/// Returns a command that runs this program again. `DISPOSE_TESTS_RUNNER` names the program that runs it,
/// if it is built for another processor.
///
/// # Panics
///
/// Panics if the path of the program cannot be found.
#[must_use]
pub fn this_program() -> Command {
    let program = env::current_exe().unwrap();
    let runner = env::var("DISPOSE_TESTS_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(words).arg(program);
    command
}

/// The end of a handle's release, after it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Succeed,
    Fail,
    Panic,
}

/// A handle of a library that records its releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(pub &'static str, pub Fate);

impl Handle {
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self(name, Fate::Succeed)
    }
    #[must_use]
    pub fn some(name: &'static str) -> Option<Self> {
        Some(Self::new(name))
    }
    #[must_use]
    pub fn failing(name: &'static str) -> Self {
        Self(name, Fate::Fail)
    }
    #[must_use]
    pub fn panicking(name: &'static str) -> Self {
        Self(name, Fate::Panic)
    }
}

/// Releases a handle: logs its name, then meets its fate.
///
/// # Errors
///
/// Returns [`Refused`] if that is its fate, or if it is [refused](refuse).
///
/// # Panics
///
/// Panics if that is its fate.
pub fn release(handle: Handle) -> Result<(), Refused> {
    let Handle(name, fate) = handle;
    log(name);
    match fate {
        Fate::Succeed => refused(name),
        Fate::Fail => Err(Refused(name)),
        Fate::Panic => panic!("{name} panicked"),
    }
}

/// Releases a handle for good, as a `drop = abort` does: logs `!name`.
pub fn abort(handle: Handle) {
    log(format!("!{}", handle.0));
}

/// A release that failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused", self.0)
    }
}

impl error::Error for Refused {}

/// An ordinary value that logs its drop, and panics if its name ends in `!`.
#[derive(Debug)]
pub struct Ordinary(pub &'static str);

impl Drop for Ordinary {
    fn drop(&mut self) {
        log(format!("~{}", self.0));
        assert!(!self.0.ends_with('!'), "{} panicked", self.0);
    }
}

/// Releases a handle asynchronously: logs `(name` as it begins, is pending once, and ends as [`release`]
/// does.
///
/// # Errors
///
/// Returns [`Refused`] if that is its fate.
///
/// # Panics
///
/// Panics if that is its fate.
pub async fn release_async(handle: Handle) -> Result<(), Refused> {
    log(format!("({}", handle.0));
    pending_once().await;
    release(handle)
}

/// Is pending the first time it is polled.
pub async fn pending_once() {
    let mut polled = false;
    poll_fn(|_| if mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

/// Polls a future `times` times at most, then drops it. Returns `None` if it was not ready by then.
pub fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Polls a future to its end.
///
/// # Panics
///
/// Panics if it takes a hundred polls, which no test's future does.
pub fn block_on<F: Future>(future: F) -> F::Output {
    poll_times(future, 100).expect("a future that ends")
}
