//! The drop hook, which receives the errors of `Drop`. Its own file, because a program has one hook.

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};

use dispose_core::{Dispose, DropReport, set_drop_hook};
use dispose_tests::{Handle, logged, release, this_program};

#[derive(Dispose)]
struct Quiet {
    #[unmanaged(release = release)]
    file: Option<Handle>,
}

/// Runs this test's `child` part in a process of its own; its standard error.
fn child(test: &str) -> String {
    let output = this_program()
        .args(["--exact", test, "--nocapture"])
        .env("DISPOSE_TESTS_CHILD", "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn is_child() -> bool {
    env::var_os("DISPOSE_TESTS_CHILD").is_some()
}

#[test]
fn by_default_each_report_is_a_line_on_standard_error() {
    #[derive(Dispose)]
    #[dispose(explicit)]
    struct Log {
        #[unmanaged(release = release)]
        file: Option<Handle>,
    }

    if is_child() {
        drop(Quiet { file: Some(Handle::failing("a")) });
        drop(Log { file: Some(Handle::new("b")) });
        drop(Log { file: Some(Handle::failing("c")) });
        drop(Quiet { file: Some(Handle::new("d")) });
        assert_eq!(logged(), "a b c d");
        return;
    }
    assert_eq!(
        child("by_default_each_report_is_a_line_on_standard_error"),
        "failed to dispose `Quiet`: file: a refused\n\
         `Log` was dropped without being disposed\n\
         `Log` was dropped without being disposed, and failed to dispose `Log`: file: c refused\n"
    );
}

#[cfg(unix)]
#[test]
fn the_line_needs_no_lock_that_a_waiting_thread_may_hold() {
    use std::io::Write as _;
    use std::sync::mpsc;
    use std::time::Duration;
    if is_child() {
        let (done, wait) = mpsc::channel();
        let mut locked = std::io::stderr().lock();
        std::thread::spawn(move || {
            drop(Quiet { file: Some(Handle::failing("a")) });
            assert_eq!(logged(), "a");
            done.send(()).unwrap();
        });
        let ended = wait.recv_timeout(Duration::from_secs(10));
        writeln!(locked, "{ended:?}").unwrap();
        return;
    }
    assert_eq!(
        child("the_line_needs_no_lock_that_a_waiting_thread_may_hold"),
        "failed to dispose `Quiet`: file: a refused\nOk(())\n"
    );
}

/// A program that leaks descriptors hears of the releases that fail, too.
#[cfg(unix)]
#[test]
fn the_line_needs_no_descriptor() {
    use std::fs::File;
    if is_child() {
        let all: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        drop(Quiet { file: Some(Handle::failing("a")) });
        assert!(!all.is_empty());
        assert_eq!(logged(), "a");
        return;
    }
    let program = this_program();
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .args(["--exact", "the_line_needs_no_descriptor", "--nocapture"])
        .env("DISPOSE_TESTS_CHILD", "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "failed to dispose `Quiet`: file: a refused\n"
    );
}

#[test]
fn an_error_that_cannot_be_displayed_is_no_panic() {
    /// An error that cannot be displayed, as a message of C that is no UTF-8.
    #[derive(Debug)]
    struct Mute;

    impl std::fmt::Display for Mute {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }

    impl std::error::Error for Mute {}

    #[derive(Dispose)]
    struct Silent(#[unmanaged(release = |_| Err(Mute))] Option<Handle>);
    if is_child() {
        drop(Silent(Some(Handle::new("a"))));
        return;
    }
    assert_eq!(
        child("an_error_that_cannot_be_displayed_is_no_panic"),
        "failed to dispose `Silent`: 0: (an error that cannot be displayed)\n"
    );
}

static REPORTS: AtomicUsize = AtomicUsize::new(0);

fn count_report(report: &DropReport) {
    assert_eq!(report.type_name(), "Quiet");
    assert!(!report.forgotten());
    assert_eq!(report.error().unwrap().first().path(), "file");
    REPORTS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn a_hook_replaces_the_line_until_the_default_is_set_again() {
    if is_child() {
        set_drop_hook(Some(count_report));
        drop(Quiet { file: Some(Handle::failing("a")) });
        assert_eq!(REPORTS.load(Ordering::Relaxed), 1);
        set_drop_hook(None);
        drop(Quiet { file: Some(Handle::failing("b")) });
        assert_eq!(REPORTS.load(Ordering::Relaxed), 1);
        assert_eq!(logged(), "a b");
        return;
    }
    assert_eq!(
        child("a_hook_replaces_the_line_until_the_default_is_set_again"),
        "failed to dispose `Quiet`: file: b refused\n"
    );
}

#[test]
fn a_hook_may_itself_drop_disposables() {
    fn drops_another(report: &DropReport) {
        if REPORTS.fetch_add(1, Ordering::Relaxed) < 3 {
            drop(Quiet { file: Some(Handle::failing("again")) });
        }
        assert!(report.error().is_some());
    }

    if is_child() {
        set_drop_hook(Some(drops_another));
        drop(Quiet { file: Some(Handle::failing("a")) });
        assert_eq!(REPORTS.load(Ordering::Relaxed), 4);
        assert_eq!(logged(), "a again again again");
        return;
    }
    assert_eq!(child("a_hook_may_itself_drop_disposables"), "");
}

#[test]
fn any_thread_reaches_the_hook() {
    if is_child() {
        set_drop_hook(Some(count_report));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(|| {
                    drop(Quiet { file: Some(Handle::failing("a")) });
                    assert_eq!(logged(), "a");
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(REPORTS.load(Ordering::Relaxed), 4);
        return;
    }
    assert_eq!(child("any_thread_reaches_the_hook"), "");
}
