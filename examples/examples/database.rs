//! An SQLite database through its C API: a connection that owns prepared statements.
//!
//! ```text
//! cargo run -q -p dispose-examples --example database [path]
//! ```
//!
//! Run it twice: the second run finds the rows of the first.

use std::error;
use std::ffi::{CStr, CString, NulError, c_char, c_int};
use std::fmt;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose, Disposed, set_drop_hook};
use libsqlite3_sys as ffi;

/// A connection. It is `Dispose` because it is disposed in place: while SQLite refuses to close it, it
/// stays open, and `dispose()` can be called again. So every method calls `ensure_live()` first.
#[derive(Dispose)]
#[dispose(before = Self::roll_back)]
pub struct Connection {
    // First declared, last released: whatever is live, `db` is open.
    // SAFETY: nothing else closes `db`, and the methods call `ensure_live()` before they use it.
    #[unmanaged(unsafe(release = close), on_error = keep)]
    db: *mut ffi::sqlite3,
    // Statements that `execute` and `number` use again. They are finalized last first.
    #[unmanaged(release = Close::close, each)]
    cache: Vec<Statement>,
}

/// A prepared statement. It is `Close` because it is handed out: only `close(self)` and `Drop` finalize
/// it, so no method can reach a finalized one. It does not borrow its connection, because `sqlite3_close`
/// refuses to close that under a statement.
#[derive(Close)]
pub struct Statement {
    // SAFETY: nothing else finalizes `raw`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = finalize), always)]
    raw: NonNull<ffi::sqlite3_stmt>,
}

/// # Safety
///
/// `db` is a connection that nothing else closes, and that is not used again unless this fails.
unsafe fn close(db: *mut ffi::sqlite3) -> Result<(), Error> {
    // SAFETY: see above. A refused connection stays open. So its message can be read, and the field is
    // `on_error = keep`.
    let result = unsafe { check(db, ffi::sqlite3_close(db)) };
    println!("  sqlite3_close     {}", if result.is_ok() { "done" } else { "refused" });
    result
}

/// # Safety
///
/// `raw` is a statement that is not used again.
unsafe fn finalize(raw: NonNull<ffi::sqlite3_stmt>) -> Result<(), Error> {
    // SAFETY: see above; the text belongs to the statement and is read before that goes.
    println!("  sqlite3_finalize  {}", unsafe { text(ffi::sqlite3_sql(raw.as_ptr())) });
    // A statement that is read in part is committed here. If that is refused, the statement is gone and its
    // work undone. One that has been reset has no error left to report.
    // SAFETY: see above; its connection is open, or SQLite keeps it until here.
    unsafe {
        let db = ffi::sqlite3_db_handle(raw.as_ptr());
        check(db, ffi::sqlite3_finalize(raw.as_ptr()))
    }
}

impl Connection {
    /// Opens or creates the database at `path`, with its table.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one. What was acquired by then is released.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let path = CString::new(path.as_os_str().as_encoded_bytes())?;
        let mut new = Self { db: ptr::null_mut(), cache: Vec::new() };
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        // SAFETY: both pointers are valid during the call; null stands for the default VFS.
        let status =
            unsafe { ffi::sqlite3_open_v2(path.as_ptr(), &raw mut new.db, flags, ptr::null()) };
        // Even a failed open returns a connection to close, and it is in its field already. From here
        // on, `?` drops `new`, which releases what it holds so far.
        // SAFETY: `new.db` is open or null.
        unsafe { check(new.db, status)? };
        new.execute("CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)")?;
        Ok(new)
    }

    /// Prepares a statement for the caller.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the connection has been disposed.
    pub fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let db = self.ensure_live()?.db;
        let sql = CString::new(sql)?;
        let mut raw = ptr::null_mut();
        // SAFETY: `db` is live, so open; the other pointers are valid during the call.
        unsafe {
            check(
                db,
                ffi::sqlite3_prepare_v2(db, sql.as_ptr(), -1, &raw mut raw, ptr::null_mut()),
            )?;
        }
        let raw = NonNull::new(raw).ok_or_else(|| Error::misuse(&"empty statement"))?;
        Ok(Statement { raw })
    }

    /// Runs a statement that returns no rows.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the connection has been disposed.
    pub fn execute(&mut self, sql: &str) -> Result<(), Error> {
        self.cached(sql)?.number().map(drop)
    }

    /// Runs a statement that returns a number.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the connection has been disposed.
    pub fn number(&mut self, sql: &str) -> Result<i64, Error> {
        self.cached(sql)?.number()
    }

    fn cached(&mut self, sql: &str) -> Result<&mut Statement, Error> {
        let known = self.cache.iter().position(|statement| statement.sql() == sql);
        let index = if let Some(index) = known {
            index
        } else {
            self.cache.push(self.prepare(sql)?);
            self.cache.len() - 1
        };
        Ok(&mut self.cache[index])
    }

    /// Rolls an open transaction back before the releases. Returns an error if one had written something,
    /// because that work is lost.
    fn roll_back(&mut self) -> Result<(), Error> {
        // SAFETY: runs only while something is held, so `db` is open; null stands for every schema.
        let state = unsafe { ffi::sqlite3_txn_state(self.db, ptr::null()) };
        if state != ffi::SQLITE_TXN_WRITE {
            return Ok(());
        }
        self.execute("ROLLBACK")?;
        Err(Error::misuse(&"an open transaction was rolled back"))
    }
}

impl Statement {
    /// Runs the statement from its start. Returns the first column of the first row, or 0.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one.
    pub fn number(&mut self) -> Result<i64, Error> {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is live as long as `self`, and so is its connection. A column may be read
        // after `SQLITE_ROW`.
        unsafe {
            let db = ffi::sqlite3_db_handle(raw);
            let number = match ffi::sqlite3_step(raw) {
                ffi::SQLITE_ROW => Ok(ffi::sqlite3_column_int64(raw, 0)),
                ffi::SQLITE_DONE => Ok(0),
                status => check(db, status).map(|()| 0),
            };
            // Repeats an error of the step, and commits what was read in part, which may be refused.
            let reset = check(db, ffi::sqlite3_reset(raw));
            number.and_then(|number| reset.map(|()| number))
        }
    }

    /// Returns the statement, for what this interface does not have.
    #[must_use]
    pub fn raw(&self) -> NonNull<ffi::sqlite3_stmt> {
        self.raw
    }

    /// Returns its text.
    #[must_use]
    pub fn sql(&self) -> String {
        // SAFETY: `raw` is live as long as `self`; the text is copied.
        unsafe { text(ffi::sqlite3_sql(self.raw.as_ptr())) }
    }
}

/// An error of SQLite's: a result code and its message.
#[derive(Debug)]
pub struct Error {
    pub code: c_int,
    pub message: String,
}

impl Error {
    fn misuse(message: &impl ToString) -> Self {
        Self { code: ffi::SQLITE_MISUSE, message: message.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {}

impl From<Disposed> for Error {
    fn from(disposed: Disposed) -> Self {
        Self::misuse(&disposed)
    }
}

impl From<NulError> for Error {
    fn from(error: NulError) -> Self {
        Self::misuse(&error)
    }
}

/// # Safety
///
/// `db` is open, or null.
unsafe fn check(db: *mut ffi::sqlite3, status: c_int) -> Result<(), Error> {
    if status == ffi::SQLITE_OK {
        return Ok(());
    }
    // SAFETY: see above; the message is copied before SQLite may change it.
    Err(Error { code: status, message: unsafe { text(ffi::sqlite3_errmsg(db)) } })
}

/// # Safety
///
/// `text` is a C string.
unsafe fn text(text: *const c_char) -> String {
    // SAFETY: see above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn main() -> Result<(), Box<dyn error::Error>> {
    // Without an argument: beside this program, in the target directory.
    let path = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_extension("db"),
    };
    println!("database: {}", path.display());

    let mut connection = Connection::open(&path)?;
    let found = connection.number("SELECT count(*) FROM visit")?;
    println!("rows found: {found}{}", if found == 0 { "" } else { ", intact after a restart" });
    connection.execute("INSERT INTO visit DEFAULT VALUES")?;

    println!("\ndispose() while another owner still holds a statement:");
    let mut last = connection.prepare("SELECT max(id) FROM visit")?;
    if let Err(error) = connection.dispose() {
        println!("  error: {error}");
    }
    println!("  the statement still works: last row {}", last.number()?);

    println!("\ndispose() again, with that statement closed:");
    last.close()?;
    connection.dispose()?;
    if let Err(error) = connection.number("SELECT count(*) FROM visit") {
        println!("  used afterwards: {error}");
    }

    println!("\ndispose() forgotten, in the middle of a transaction:");
    set_drop_hook(Some(|report| println!("  drop hook: {report}")));
    let mut connection = Connection::open(&path)?;
    connection.execute("BEGIN")?;
    connection.execute("INSERT INTO visit DEFAULT VALUES")?;
    drop(connection);

    println!("\nand by value, once the rows have been counted:");
    let mut connection = Connection::open(&path)?;
    println!("  rows left: {}", connection.number("SELECT count(*) FROM visit")?);
    connection.close()?;
    Ok(())
}
