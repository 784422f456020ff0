//! Tests of the two crates together, as their users see them, and the log they record in.

#![allow(clippy::must_use_candidate, reason = "a test may empty the log unseen")]

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::{env, error, fmt, mem};

use dispose_core::{DropReport, set_drop_hook};

#[doc = include_str!("../../dispose-core/docs/reports.md")]
#[cfg(doctest)]
pub struct Reports;

#[doc = include_str!("../../dispose-core/docs/pinned.md")]
#[cfg(doctest)]
pub struct Pinned;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static REPORTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static REFUSED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// From here on the releases of these handles fail on this thread, and no others that would succeed.
pub fn refuse(names: &[&'static str]) {
    REFUSED.set(names.to_vec());
}

/// Adds an entry to this thread's log.
pub fn log(entry: impl fmt::Display) {
    LOG.with_borrow_mut(|log| log.push(entry.to_string()));
}

/// Empties this thread's log: its entries, separated by spaces.
pub fn logged() -> String {
    LOG.take().join(" ")
}

/// From here on the drop hook's reports are kept for the thread that causes them.
pub fn hear_reports() {
    fn keep(report: &DropReport) {
        let forgotten = if report.forgotten() { " forgotten" } else { "" };
        let error = report.error().map_or(String::new(), |error| format!(" [{error}]"));
        let report = format!("{}{forgotten}{error}", report.type_name());
        REPORTS.with_borrow_mut(|reports| reports.push(report));
    }
    set_drop_hook(Some(keep));
}

/// Empties this thread's reports.
pub fn reported() -> Vec<String> {
    REPORTS.take()
}

/// What a panic says, if there is one.
pub fn panic_of<R>(body: impl FnOnce() -> R) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(body)).err()?;
    Some(match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => {
            panic.downcast::<&str>().map_or("?".to_owned(), |message| (*message).to_owned())
        }
    })
}

/// A command that runs this program again. `DISPOSE_TESTS_RUNNER` names what runs it on this machine, if
/// it is made for another processor.
///
/// # Panics
///
/// If the program does not know where it is.
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

/// What the release of a handle does after it is logged.
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
/// [`Refused`], if that is its fate, or if it is [refused](refuse).
///
/// # Panics
///
/// If that is its fate.
pub fn release(handle: Handle) -> Result<(), Refused> {
    let Handle(name, fate) = handle;
    log(name);
    match fate {
        Fate::Succeed if REFUSED.with_borrow(|refused| refused.contains(&name)) => {
            Err(Refused(name))
        }
        Fate::Succeed => Ok(()),
        Fate::Fail => Err(Refused(name)),
        Fate::Panic => panic!("{name} panicked"),
    }
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

/// The asynchronous release of a handle: logs `(name` as it begins, is pending once, and ends
/// as [`release`] does.
///
/// # Errors
///
/// [`Refused`], if that is its fate.
///
/// # Panics
///
/// If that is its fate.
pub async fn release_async(handle: Handle) -> Result<(), Refused> {
    log(format!("({}", handle.0));
    pending_once().await;
    release(handle)
}

/// Pending the first time it is polled.
pub async fn pending_once() {
    let mut polled = false;
    poll_fn(|_| if mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

/// Polls a future `times` times at most, then drops it; `None` if it was not ready by then.
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
/// If it takes a hundred polls, which no test's does.
pub fn block_on<F: Future>(future: F) -> F::Output {
    poll_times(future, 100).expect("a future that ends")
}
