//! The guarantees of the example `database`, on the real SQLite.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use dispose_core::{Close, Dispose};

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/database.rs"]
mod database;

use database::{Connection, Error};

/// A database file that is gone afterwards.
struct File(PathBuf);

impl File {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("dispose-{}-{test}.db", process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// How often this process has the file open.
fn descriptors(path: &Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").expect("Linux");
    open.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok()).filter(|open| open == path).count()
}

/// The example's output after the line that starts with `from`, up to an empty line.
fn section(output: &str, from: &str) -> Vec<String> {
    let lines = output.lines().skip_while(|line| !line.starts_with(from)).skip(1);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_program_shows_order_refusal_retry_and_fallback_and_a_second_run_finds_the_data() {
    let file = File::new("program");
    // `cargo test` builds the examples beside the folder of the tests.
    let tests = env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join("database");
    let run = || {
        let output = Command::new(&program).arg(&file.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    };
    let first = run();
    assert!(first.contains("rows found: 0\n"), "{first}");
    assert_eq!(
        section(&first, "dispose() while"),
        [
            "sqlite3_finalize  INSERT INTO visit DEFAULT VALUES",
            "sqlite3_finalize  SELECT count(*) FROM visit",
            "sqlite3_finalize  CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)",
            "sqlite3_close     refused",
            "error: failed to dispose `Connection`: db: unable to close due to unfinalized statements \
             or unfinished backups",
            "the statement still works: last row 1",
        ]
    );
    assert_eq!(
        section(&first, "dispose() again"),
        [
            "sqlite3_finalize  SELECT max(id) FROM visit",
            "sqlite3_close     done",
            "used afterwards: `Connection` has been disposed",
        ]
    );
    let forgotten = section(&first, "dispose() forgotten");
    assert_eq!(
        forgotten[forgotten.len() - 2..],
        [
            "sqlite3_close     done",
            "drop hook: failed to dispose `Connection`: before: an open transaction was rolled back",
        ]
    );
    let second = run();
    assert!(second.contains("rows found: 1, intact after a restart\n"), "{second}");
}

#[test]
fn a_busy_connection_is_kept_and_closed_on_the_next_attempt() {
    let file = File::new("busy");
    let mut connection = Connection::open(&file.0).unwrap();
    let statement = connection.prepare("SELECT 7").unwrap();
    let error = connection.dispose().unwrap_err();
    assert_eq!(error.first().path(), "db");
    assert_eq!(error.downcast::<Error>().unwrap().code, 5, "SQLITE_BUSY");
    assert!(!connection.is_disposed());
    assert_eq!(connection.number("SELECT 8").unwrap(), 8, "still open");
    assert_eq!(descriptors(&file.0), 1);
    drop(statement);
    connection.dispose().unwrap();
    assert_eq!(descriptors(&file.0), 0);
    let error = connection.number("SELECT 8").unwrap_err();
    assert_eq!(error.message, "`Connection` has been disposed");
}

#[test]
fn drop_closes_what_nobody_disposed() {
    let file = File::new("drop");
    let mut connection = Connection::open(&file.0).unwrap();
    connection.execute("INSERT INTO visit DEFAULT VALUES").unwrap();
    assert_eq!(descriptors(&file.0), 1);
    drop(connection);
    assert_eq!(descriptors(&file.0), 0);
    let mut again = Connection::open(&file.0).unwrap();
    assert_eq!(again.number("SELECT count(*) FROM visit").unwrap(), 1);
    again.close().unwrap();
}

#[test]
fn an_open_that_fails_half_way_closes_what_it_opened() {
    let file = File::new("broken");
    fs::write(&file.0, "this is no database, but a text of some length, to be sure").unwrap();
    let error = Connection::open(&file.0).err().expect("no database");
    assert_eq!(error.message, "file is not a database");
    assert_eq!(descriptors(&file.0), 0);
    let missing = Path::new("/nowhere/at/all.db");
    assert_eq!(Connection::open(missing).err().unwrap().message, "unable to open database file");
}
