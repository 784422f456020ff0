//! The recorder of `dispose_tests` fails a run that leaves something unread.

use std::env;

use dispose_core::Dispose;
use dispose_tests::{Handle, logged, record_reports, release, reported, this_program};

#[test]
fn an_entry_or_a_report_that_is_left_fails_the_run() {
    const CHILD: &str = "DISPOSE_TESTS_CHILD";

    #[derive(Dispose)]
    struct File(#[unmanaged(release = release)] Option<Handle>);

    if let Ok(left) = env::var(CHILD) {
        record_reports();
        drop(File(Some(Handle::failing("a"))));
        if left != "entry" {
            assert_eq!(logged(), "a");
        }
        if left != "report" {
            assert_eq!(reported(), ["File [failed to dispose `File`: 0: a refused]"]);
        }
        return;
    }
    let run = |left| {
        let test = "an_entry_or_a_report_that_is_left_fails_the_run";
        // A thread of the test's own, as usual: with one thread, the tests run in the first.
        let arguments = ["--exact", test, "--test-threads=2"];
        let output = this_program().args(arguments).env(CHILD, left).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run("nothing"), (true, String::new()));
    let (success, text) = run("entry");
    assert!(!success && text.contains("recorded and not read: [\"a\"], []"), "{text}");
    let (success, text) = run("report");
    assert!(!success && text.contains("recorded and not read: [], [\"File [failed"), "{text}");
}
