//! The guarantees of `examples/blobs.rs`, against the real SQLite.
#![cfg(target_os = "linux")]

use std::ffi::{c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Mutex;

use dispose_core::{Close, Dispose, set_drop_hook};
use dispose_examples::{Scratch, descriptors, in_own_process, limit, program};
use libsqlite3_sys as ffi;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/blobs.rs"]
mod blobs;

use blobs::{Copying, Error, Store};

/// Returns what the process holds of SQLite: bytes, and descriptors.
fn held() -> (i64, usize) {
    // SAFETY: may be called at any time.
    (unsafe { ffi::sqlite3_memory_used() }, descriptors())
}

/// Makes a store of some pages.
fn filled(path: &Path) -> Store {
    let store = Store::open(path).unwrap();
    store.create(100_000).unwrap().close().unwrap();
    store
}

/// Returns the number of files in the store, which is the number that an update changes.
fn count(path: &Path) -> i64 {
    let store = Store::open(path).unwrap();
    store.execute("UPDATE file SET id = id").unwrap();
    // SAFETY: the store is open.
    unsafe { ffi::sqlite3_changes64(store.raw()) }
}

#[test]
fn what_is_written_is_there_and_nothing_is_held() {
    if !in_own_process("what_is_written_is_there_and_nothing_is_held") {
        return;
    }
    let scratch = Scratch::new("blobs-written");
    let path = scratch.path().join("a.db");
    let before = held();
    let mut store = Store::open(&path).unwrap();
    let mut blob = store.create(5).unwrap();
    blob.write(b"he").unwrap();
    blob.write(b"llo").unwrap();
    let error = blob.write(b"!").unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_ERROR, "{error}: there is no room");
    blob.close().unwrap();
    drop(store.create(5).unwrap());
    store.dispose().unwrap();
    store.dispose().unwrap();
    assert_eq!(store.execute("SELECT 1").unwrap_err().message, "`Store` has been disposed");
    drop(store);
    assert_eq!(held(), before);
    assert_eq!(count(&path), 2);
    assert_eq!(held(), before);
}

#[test]
fn a_commit_that_is_refused_is_the_error_of_the_close() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    extern "C" fn refuse(_: *mut c_void) -> c_int {
        1
    }
    if !in_own_process("a_commit_that_is_refused_is_the_error_of_the_close") {
        return;
    }
    let scratch = Scratch::new("blobs-refused");
    let before = held();
    let mut store = filled(&scratch.path().join("a.db"));
    let mut blob = store.open_blob(1).unwrap();
    blob.write(b"lost").unwrap();
    // SAFETY: the store is open, and the hook a function that lives as long as the program.
    unsafe { ffi::sqlite3_commit_hook(store.raw(), Some(refuse), ptr::null_mut()) };
    let error = blob.close().unwrap_err().downcast::<Error>().unwrap();
    assert_eq!(error.code & 0xff, ffi::SQLITE_CONSTRAINT, "{error}");

    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    let mut blob = store.open_blob(1).unwrap();
    blob.write(b"lost").unwrap();
    drop(blob);
    let reports = REPORTS.lock().unwrap();
    assert_eq!(*reports, ["failed to dispose `Blob`: raw: constraint failed"]);
    // It is closed nevertheless, or SQLite would not close the store under it.
    store.dispose().unwrap();
    drop(store);
    assert_eq!(held(), before);
}

#[test]
fn the_copy_goes_before_its_ends() {
    if !in_own_process("the_copy_goes_before_its_ends") {
        return;
    }
    let scratch = Scratch::new("blobs-order");
    let (from, to) = (scratch.path().join("from.db"), scratch.path().join("to.db"));
    let before = held();
    filled(&from).close().unwrap();
    let mut copying = Copying::start(&from, &to).unwrap();
    assert!(!copying.step(1).unwrap());
    // In the wrong order SQLite refuses.
    // SAFETY: the store is open, and stays so.
    let status = unsafe { ffi::sqlite3_close(copying.source().raw()) };
    assert_eq!(status, ffi::SQLITE_BUSY);
    while !copying.step(10).unwrap() {}
    copying.dispose().unwrap();
    copying.dispose().unwrap();
    assert!(copying.step(1).is_err());
    drop(copying);
    assert_eq!(count(&to), 1);

    // In the middle of it, too.
    for end in [|copying: Copying| copying.close().unwrap(), drop] {
        let mut copying = Copying::start(&from, &to).unwrap();
        assert!(!copying.step(1).unwrap());
        end(copying);
        assert_eq!(held(), before);
    }
}

#[test]
fn what_stopped_a_copy_is_in_its_disposal() {
    if !in_own_process("what_stopped_a_copy_is_in_its_disposal") {
        return;
    }
    let scratch = Scratch::new("blobs-stopped");
    let (from, to) = (scratch.path().join("from.db"), scratch.path().join("to.db"));
    let before = held();
    filled(&from).close().unwrap();
    let mut copying = Copying::start(&from, &to).unwrap();
    // Files may be no larger from here on: the disk is full.
    // SAFETY: ignoring a signal installs no handler.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    limit(libc::RLIMIT_FSIZE, 8192);
    let stopped = loop {
        match copying.step(5) {
            Ok(done) => assert!(!done, "it had room"),
            Err(error) => break error,
        }
    };
    let error = copying.dispose().unwrap_err();
    assert_eq!(error.first().path(), "raw");
    assert_eq!(error.len(), 1, "both ends are closed without complaint: {error}");
    assert_eq!(error.downcast::<Error>().unwrap().code, stopped.code);
    drop(copying);
    assert_eq!(held(), before);
}

#[test]
fn a_copy_that_fails_half_way_leaves_nothing_behind() {
    if !in_own_process("a_copy_that_fails_half_way_leaves_nothing_behind") {
        return;
    }
    let scratch = Scratch::new("blobs-half-way");
    let (from, to) = (scratch.path().join("from.db"), scratch.path().join("to.db"));
    filled(&from).close().unwrap();
    filled(&to).close().unwrap();
    let before = held();
    // A report would say that something else than the construction failed.
    set_drop_hook(Some(|report| panic!("{report}")));

    let missing = scratch.path().join("missing/a.db");
    for (from, to) in [(&missing, &to), (&from, &missing)] {
        let error = Copying::start(from, to).err().unwrap();
        assert_eq!(error.code, ffi::SQLITE_CANTOPEN, "{error}");
        assert_eq!(held(), before);
    }

    // At every allocation: SQLite may use so much memory and no more.
    let mut failed = 0;
    for room in (0..).step_by(256) {
        // SAFETY: may be called at any time.
        unsafe { ffi::sqlite3_hard_heap_limit64(before.0 + room + 1) };
        let copying = Copying::start(&from, &to);
        // SAFETY: as above; 0 lifts the limit.
        unsafe { ffi::sqlite3_hard_heap_limit64(0) };
        match copying {
            Ok(copying) => {
                copying.close().unwrap();
                break;
            }
            Err(error) => assert_eq!(error.code, ffi::SQLITE_NOMEM, "{error}"),
        }
        failed += 1;
        assert_eq!(held(), before);
    }
    assert!(failed > 50, "{failed} positions");
    assert_eq!(held(), before);
}

#[test]
fn the_program_prints_the_order() {
    let scratch = Scratch::new("blobs-program");
    let output = program("blobs").arg(scratch.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "a blob is closed, and its content committed:
  sqlite3_blob_close
a store is not closed under a copy, but after it:
  sqlite3_backup_finish
  sqlite3_close          done
  sqlite3_close          done
and the store:
  sqlite3_close          done
"
    );
}
