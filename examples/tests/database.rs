//! The guarantees of `examples/database.rs`, against the real SQLite.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, process};

use dispose_core::{Close, Dispose, set_drop_hook};
use libsqlite3_sys as ffi;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/database.rs"]
mod database;

use database::{Connection, Error};

/// Both SQLite's memory count and the drop hook are the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that is removed after the test, with its journal.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("dispose-database-{}-{name}", process::id()));
        let new = Self(path);
        new.remove();
        new
    }

    fn remove(&self) {
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_file(self.0.with_extension("db-journal"));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

fn rows(path: &Path) -> i64 {
    let mut connection = Connection::open(path).unwrap();
    let rows = connection.number("SELECT count(*) FROM visit").unwrap();
    connection.close().unwrap();
    rows
}

/// Returns what the process holds of SQLite: bytes, and descriptors of `path`.
fn held(path: &Path) -> (i64, usize) {
    // SAFETY: may be called at any time.
    let bytes = unsafe { ffi::sqlite3_memory_used() };
    let descriptors = fs::read_dir("/proc/self/fd").map_or(0, |entries| {
        entries
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .filter(|target| target == path)
            .count()
    });
    (bytes, descriptors)
}

#[test]
fn a_busy_connection_is_kept_and_closed_by_the_next_dispose() {
    let _alone = alone();
    let file = Scratch::new("busy.db");
    Connection::open(&file.0).unwrap().close().unwrap();
    let before = held(&file.0);

    let mut connection = Connection::open(&file.0).unwrap();
    connection.execute("INSERT INTO visit DEFAULT VALUES").unwrap();
    let mut held_elsewhere = connection.prepare("SELECT max(id) FROM visit").unwrap();
    for _ in 0..2 {
        let error = connection.dispose().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `Connection`: db: \
             unable to close due to unfinalized statements or unfinished backups"
        );
        assert_eq!(error.first().path(), "db");
        assert_eq!(error.downcast::<Error>().unwrap().code, ffi::SQLITE_BUSY);
        assert!(!connection.is_disposed());
    }

    // Kept means usable: by the statement, and by the connection's own methods.
    assert_eq!(held_elsewhere.number().unwrap(), 1);
    connection.execute("INSERT INTO visit DEFAULT VALUES").unwrap();
    assert_eq!(held_elsewhere.number().unwrap(), 2);

    held_elsewhere.close().unwrap();
    connection.dispose().unwrap();
    assert!(connection.is_disposed());
    assert_eq!(held(&file.0), before, "all memory and descriptors are back");
    connection.dispose().unwrap();
    drop(connection);
    assert_eq!(rows(&file.0), 2);
}

#[test]
fn a_disposed_connection_refuses_instead_of_reaching_sqlite() {
    let _alone = alone();
    let file = Scratch::new("disposed.db");
    let mut connection = Connection::open(&file.0).unwrap();
    connection.dispose().unwrap();
    let errors = [
        connection.prepare("SELECT 1").err(),
        connection.execute("SELECT 1").err(),
        connection.number("SELECT 1").err(),
    ];
    for error in errors {
        let error = error.unwrap();
        assert_eq!(error.code, ffi::SQLITE_MISUSE);
        assert_eq!(error.message, "`Connection` has been disposed");
    }
}

#[test]
fn a_statement_outlives_a_connection_that_was_dropped_under_it() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let _alone = alone();
    let file = Scratch::new("under.db");
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    let connection = Connection::open(&file.0).unwrap();
    let mut statement = connection.prepare("SELECT 40 + 2").unwrap();
    drop(connection);
    set_drop_hook(None);
    let reports = REPORTS.lock().unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].starts_with("failed to dispose `Connection`: db: unable to close"));
    // The last attempt failed, so SQLite keeps the connection, and the statement is still good.
    assert_eq!(statement.number().unwrap(), 42);
    statement.close().unwrap();
}

#[test]
fn an_open_transaction_is_rolled_back_and_reported() {
    let _alone = alone();
    let file = Scratch::new("transaction.db");
    let mut connection = Connection::open(&file.0).unwrap();
    connection.execute("INSERT INTO visit DEFAULT VALUES").unwrap();
    connection.execute("BEGIN").unwrap();
    connection.execute("INSERT INTO visit DEFAULT VALUES").unwrap();
    assert_eq!(connection.number("SELECT count(*) FROM visit").unwrap(), 2);
    let error = connection.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Connection`: before: an open transaction was rolled back"
    );
    assert!(connection.is_disposed(), "the failure did not stop the releases");
    assert_eq!(rows(&file.0), 1);
}

#[test]
fn a_connection_that_fails_half_way_leaves_nothing_behind() {
    let _alone = alone();
    let good = Scratch::new("good.db");
    let text = Scratch::new("text.db");
    let directory = Scratch::new("directory.db");
    Connection::open(&good.0).unwrap().close().unwrap();
    fs::write(&text.0, "this is no database, though it is long enough to be looked at".repeat(20))
        .unwrap();
    fs::create_dir(&directory.0).unwrap();

    // A report of the fallback would say that something else than the construction failed.
    set_drop_hook(Some(|report| panic!("{report}")));

    // The file cannot be opened, and SQLite still returns a connection.
    let before = held(&directory.0);
    let error = Connection::open(&directory.0).err().unwrap();
    assert_eq!(error.code, ffi::SQLITE_CANTOPEN);
    assert_eq!(error.message, "unable to open database file");
    assert_eq!(held(&directory.0), before);

    // It is opened, but its table cannot be made.
    let before = held(&text.0);
    let error = Connection::open(&text.0).err().unwrap();
    assert_eq!(error.code, ffi::SQLITE_NOTADB);
    assert_eq!(error.message, "file is not a database");
    assert_eq!(held(&text.0), before);

    set_drop_hook(None);
    fs::remove_dir(&directory.0).unwrap();
}

#[test]
fn a_row_that_is_read_while_it_is_inserted_can_be_refused_at_its_end() {
    let _alone = alone();
    let file = Scratch::new("returning.db");
    let connection = Connection::open(&file.0).unwrap();
    let mut reader = Connection::open(&file.0).unwrap();
    reader.execute("BEGIN").unwrap();
    assert_eq!(reader.number("SELECT count(*) FROM visit").unwrap(), 0);

    // The first row is there, and SQLite commits when the statement is reset: under a reader it is refused.
    let mut insert = connection.prepare("INSERT INTO visit DEFAULT VALUES RETURNING id").unwrap();
    let error = insert.number().unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_BUSY);
    assert_eq!(reader.number("SELECT count(*) FROM visit").unwrap(), 0);

    reader.execute("COMMIT").unwrap();
    assert_eq!(insert.number().unwrap(), 1);
    insert.close().unwrap();
    assert_eq!(reader.number("SELECT count(*) FROM visit").unwrap(), 1);
    reader.close().unwrap();
    connection.close().unwrap();
}

#[test]
fn a_statement_that_is_read_in_part_can_be_refused_by_its_close() {
    let _alone = alone();
    let file = Scratch::new("in_part.db");
    let mut connection = Connection::open(&file.0).unwrap();
    let mut reader = Connection::open(&file.0).unwrap();
    reader.execute("BEGIN").unwrap();
    assert_eq!(reader.number("SELECT count(*) FROM visit").unwrap(), 0);
    let insert = connection.prepare("INSERT INTO visit DEFAULT VALUES RETURNING id").unwrap();
    // SAFETY: the statement is live.
    assert_eq!(unsafe { ffi::sqlite3_step(insert.raw().as_ptr()) }, ffi::SQLITE_ROW);
    let error = insert.close().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Statement`: raw: database is locked");
    reader.execute("COMMIT").unwrap();
    // It is gone nevertheless, and what it did is undone.
    assert_eq!(connection.number("SELECT count(*) FROM visit").unwrap(), 0);
    connection.dispose().unwrap();
    reader.close().unwrap();
}

#[test]
fn a_statement_that_fails_reports_its_error_once() {
    let _alone = alone();
    let file = Scratch::new("statement.db");
    let mut connection = Connection::open(&file.0).unwrap();
    connection.execute("INSERT INTO visit VALUES (7)").unwrap();
    let mut again = connection.prepare("INSERT INTO visit VALUES (7)").unwrap();
    let error = again.number().unwrap_err();
    assert_eq!(error.message, "UNIQUE constraint failed: visit.id");
    again.close().unwrap();
    connection.close().unwrap();
}

/// Runs the program once, and returns its output without the empty lines.
fn run(path: &Path) -> Vec<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["run", "-q", "-p", "dispose-examples", "--example", "database", "--"])
        .arg(path)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_program_prints_the_order_and_finds_its_data_again() {
    let file = Scratch::new("program.db");
    let first = run(&file.0);
    let expected = format!(
        "\
database: {}
rows found: 0
dispose() while another owner still holds a statement:
  sqlite3_finalize  INSERT INTO visit DEFAULT VALUES
  sqlite3_finalize  SELECT count(*) FROM visit
  sqlite3_finalize  CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)
  sqlite3_close     refused
  error: failed to dispose `Connection`: db: unable to close due to unfinalized statements or unfinished backups
  the statement still works: last row 1
dispose() again, with that statement closed:
  sqlite3_finalize  SELECT max(id) FROM visit
  sqlite3_close     done
  used afterwards: `Connection` has been disposed
dispose() forgotten, in the middle of a transaction:
  sqlite3_finalize  ROLLBACK
  sqlite3_finalize  INSERT INTO visit DEFAULT VALUES
  sqlite3_finalize  BEGIN
  sqlite3_finalize  CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)
  sqlite3_close     done
  drop hook: failed to dispose `Connection`: before: an open transaction was rolled back
and by value, once the rows have been counted:
  rows left: 1
  sqlite3_finalize  SELECT count(*) FROM visit
  sqlite3_finalize  CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)
  sqlite3_close     done",
        file.0.display()
    );
    assert_eq!(first, expected.lines().collect::<Vec<_>>());

    let second = run(&file.0);
    assert_eq!(second[1], "rows found: 1, intact after a restart");
    assert_eq!(second.len(), first.len());
    assert_eq!(rows(&file.0), 2);
}
