//! Programs to copy from: real resources, wrapped with the derives of `dispose-core`.
//!
//! Each is one file in `examples/`, with a test of its guarantees in `tests/`. This library holds what
//! the tests share.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// Reports that `test` did not run because this machine lacks something. The caller returns.
///
/// # Panics
///
/// Panics if `DISPOSE_REQUIRE_ALL` is in the environment, as on a machine where everything is installed.
pub fn skipped(test: &str, why: &str) {
    // Not `eprintln!`, which the harness keeps to itself when a test passes.
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
    assert!(env::var_os("DISPOSE_REQUIRE_ALL").is_none(), "skipped: {test}: {why}");
}

/// Reports that `test` did not run because this machine's kernel does not allow it. The caller returns.
///
/// Nothing can be installed for that, so it never counts as a failure.
pub fn not_here(test: &str, why: &str) {
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
}

/// Returns a lock for a test that looks at the whole process: descriptors, mappings, the drop hook.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const ROLE: &str = "DISPOSE_EXAMPLES_ROLE";

/// Returns the role with which [`rerun`] started this process, or `None` in the first one.
#[must_use]
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// Returns the command that runs one test of this executable in another process, as `role`. The words of
/// `through` are the program that starts it.
///
/// # Panics
///
/// Panics if the path of this executable cannot be found.
#[must_use]
pub fn rerun(test: &str, role: &str, through: &[&str]) -> Command {
    let this = env::current_exe().unwrap();
    let mut words = through.iter().map(Path::new).chain([this.as_path()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--exact", test, "--nocapture"]).env(ROLE, role);
    command
}

/// Runs the command of [`rerun`] while no other test holds [`alone`], because it opens pipes.
///
/// # Panics
///
/// Panics unless one test ran there and passed.
pub fn expect_passed(command: &mut Command) {
    let _alone = alone();
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    // A misspelt name would run none, and succeed.
    let passed = output.status.success() && printed.contains("test result: ok. 1 passed");
    assert!(passed, "{command:?}\n{printed}");
}

/// Returns `true` in a process of its own for `test`, where limits may be set and descriptors counted.
/// Elsewhere it runs the test in such a process, and returns `false`.
#[must_use]
pub fn in_own_process(test: &str) -> bool {
    if role().is_some_and(|role| role == "alone") {
        return true;
    }
    expect_passed(&mut rerun(test, "alone", &[]));
    false
}

/// Returns the number of descriptors that this process has open.
///
/// # Panics
///
/// Panics without `/proc`.
#[must_use]
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Calls `state` again and again until it returns a value, and returns that.
///
/// # Panics
///
/// Panics if that takes too long.
pub fn wait_for<T>(mut state: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(reached) = state() {
            return reached;
        }
        assert!(Instant::now() < end, "it does not come");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns the command that runs the program `example`.
#[must_use]
pub fn program(example: &str) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(cargo);
    command.args(["run", "-q", "-p", "dispose-examples", "--example", example, "--"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Sets the soft limit of this process, at most to the hard one, so that it may be raised again.
///
/// # Panics
///
/// Panics if the limit is refused.
#[cfg(target_os = "linux")]
pub fn limit(resource: libc::__rlimit_resource_t, value: u64) {
    // SAFETY: all zeros is an `rlimit`, which is written.
    let mut limit = unsafe { std::mem::zeroed::<libc::rlimit>() };
    // SAFETY: the pointer is valid during the call.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut limit) }, 0);
    limit.rlim_cur = value.min(limit.rlim_max);
    // SAFETY: as above.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
}

/// A directory that is removed after the test, with its contents.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes a directory. Its name distinguishes it from other ones of the same test.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("dispose-{}-{name}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Returns its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a file of `len` bytes in it, and returns the file's path.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be made.
    #[must_use]
    pub fn file(&self, name: &str, len: u64) -> PathBuf {
        let path = self.0.join(name);
        fs::File::create(&path).unwrap().set_len(len).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
