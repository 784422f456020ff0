//! What holds with every set of features: hand-written impls, and what an error knows without `alloc`.

use core::fmt;

use dispose_core::{Close, Dispose, DisposeError, Failures};

#[derive(Debug)]
struct Broken;
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}
impl core::error::Error for Broken {}

struct Socket {
    fd: Option<bool>,
}

impl Dispose for Socket {
    fn release_all(&mut self, failures: &mut Failures) {
        if let Some(works) = self.fd.take() {
            failures.record("fd", if works { Ok(()) } else { Err(Broken) });
        }
    }
    fn is_disposed(&self) -> bool {
        self.fd.is_none()
    }
}

struct Session {
    inner: Socket,
    pool: [Socket; 2],
}

impl Dispose for Session {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.nest("pool", &mut self.pool);
        failures.nest("inner", &mut self.inner);
    }
    fn is_disposed(&self) -> bool {
        self.pool.is_disposed() && self.inner.is_disposed()
    }
}

fn session(inner: bool, pool: [bool; 2]) -> Session {
    let socket = |works| Socket { fd: Some(works) };
    Session { inner: socket(inner), pool: pool.map(socket) }
}

fn shows(error: &DisposeError, without_alloc: &str, with_alloc: &str) {
    let text = error.to_string();
    assert_eq!(text, if cfg!(feature = "alloc") { with_alloc } else { without_alloc });
}

#[test]
fn success_leaves_nothing_to_release() {
    let mut value = session(true, [true, true]);
    value.dispose().unwrap();
    assert!(value.is_disposed());
    assert_eq!(value.ensure_live().err().unwrap().type_name(), "Session");
}

#[test]
fn a_failure_has_its_type_number_and_path() {
    let error = session(true, [true, false]).dispose().unwrap_err();
    assert_eq!(error.type_name(), "Session");
    assert_eq!(error.len(), 1);
    assert_eq!(error.first().path(), "pool[1].fd");
    shows(
        &error,
        "failed to dispose `Session`: pool[1].fd",
        "failed to dispose `Session`: pool[1].fd: broken",
    );
}

#[test]
fn debug_names_type_and_path() {
    let error = session(true, [true, false]).dispose().unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("Session") && shown.contains("pool[1].fd"), "{shown}");
    let shown = format!("{:?}", error.first());
    assert!(shown.contains("Failure") && shown.contains("pool[1].fd"), "{shown}");
}

#[test]
fn all_failures_are_counted_and_the_first_has_its_path() {
    let error = session(false, [false, true]).close().unwrap_err();
    assert_eq!(error.len(), 2);
    assert_eq!(error.first().path(), "pool[0].fd");
    shows(
        &error,
        "failed to dispose `Session`: pool[0].fd and 1 more",
        "failed to dispose `Session`: pool[0].fd: broken; inner.fd: broken",
    );
}

#[test]
fn an_error_as_outcome_brings_its_number_and_path() {
    struct Outer(Option<Session>);

    impl Dispose for Outer {
        fn release_all(&mut self, failures: &mut Failures) {
            if let Some(session) = self.0.take() {
                failures.record("session", session.close());
            }
        }
        fn is_disposed(&self) -> bool {
            self.0.is_none()
        }
    }

    let error = Outer(Some(session(false, [false, false]))).dispose().unwrap_err();
    assert_eq!(error.len(), 3);
    assert_eq!(error.first().path(), "session.pool[1].fd");
}

/// Without `alloc` an error is dropped where it is recorded, else with the caller's error.
#[test]
fn an_error_whose_drop_panics_unwinds() {
    #[derive(Debug)]
    struct Loud;
    impl fmt::Display for Loud {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("loud")
        }
    }
    impl core::error::Error for Loud {}
    impl Drop for Loud {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "an error's drop");
        }
    }

    struct Pair(Option<()>, Socket);

    impl Dispose for Pair {
        fn release_all(&mut self, failures: &mut Failures) {
            if self.0.take().is_some() {
                failures.record("loud", Err(Loud));
            }
            failures.nest("socket", &mut self.1);
        }
        fn is_disposed(&self) -> bool {
            self.0.is_none() && self.1.is_disposed()
        }
    }

    let mut pair = Pair(Some(()), Socket { fd: Some(true) });
    let dispose = std::panic::AssertUnwindSafe(|| drop(pair.dispose()));
    let panic = std::panic::catch_unwind(dispose).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"an error's drop"));
    assert!(pair.is_disposed());
}
