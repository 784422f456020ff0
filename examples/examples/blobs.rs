//! SQLite again: a blob that is written piece by piece, and a database that is copied while it is in use.
//!
//! ```text
//! cargo run -q -p dispose-examples --example blobs [directory]
//! ```

use std::error;
use std::ffi::{CStr, CString, NulError, c_int};
use std::fmt;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose, Disposed};
use libsqlite3_sys as ffi;

/// A database. SQLite refuses to close one with an open blob or a copy under way. It then stays open, and
/// may be disposed of again.
#[derive(Dispose)]
pub struct Store {
    // SAFETY: nothing else closes `db`, and the methods call `ensure_live()` before they use it.
    #[unmanaged(unsafe(release = close), on_error = keep)]
    db: *mut ffi::sqlite3,
}

/// A blob that is open for writing. What is written counts only if `close` returns no error.
#[derive(Close)]
pub struct Blob<'a> {
    // SAFETY: nothing else closes `raw`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |raw| close_blob(self.store, raw)), always)]
    raw: NonNull<ffi::sqlite3_blob>,
    store: &'a Store,
    written: usize,
}

/// A copy of a database under way, with both databases. They are closed after it, the target first.
#[derive(Dispose)]
pub struct Copying {
    #[dispose]
    from: Store,
    #[dispose]
    to: Store,
    // SAFETY: nothing else finishes `raw`, and the methods test for null.
    #[unmanaged(unsafe(release = |raw| finish(&self.to, raw)))]
    raw: *mut ffi::sqlite3_backup,
}

/// # Safety
///
/// `db` is a connection that nothing else closes, and that is not used again unless this fails.
unsafe fn close(db: *mut ffi::sqlite3) -> Result<(), Error> {
    // SAFETY: see above. A refused connection stays open, so it has a message.
    let result = unsafe { check(db, ffi::sqlite3_close(db)) };
    println!("  sqlite3_close          {}", if result.is_ok() { "done" } else { "refused" });
    result
}

/// # Safety
///
/// `raw` is a blob of `store` that is not used again.
unsafe fn close_blob(store: &Store, raw: NonNull<ffi::sqlite3_blob>) -> Result<(), Error> {
    println!("  sqlite3_blob_close");
    // SAFETY: see above. It is closed even if this reports an error, which is that of the commit.
    unsafe { check(store.db, ffi::sqlite3_blob_close(raw.as_ptr())) }
}

/// # Safety
///
/// `raw` is a copy to `to` that is not used again.
unsafe fn finish(to: &Store, raw: *mut ffi::sqlite3_backup) -> Result<(), Error> {
    println!("  sqlite3_backup_finish");
    // SAFETY: see above. It repeats what stopped the copy.
    unsafe { check(to.db, ffi::sqlite3_backup_finish(raw)) }
}

impl Store {
    /// Opens or creates the database at `path`.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one. What was acquired by then is released.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let path = CString::new(path.as_os_str().as_encoded_bytes())?;
        let mut new = Self { db: ptr::null_mut() };
        // SAFETY: both pointers are valid during the call.
        let status = unsafe { ffi::sqlite3_open(path.as_ptr(), &raw mut new.db) };
        // A failed open hands out a connection to close too, which `?` does by dropping `new`.
        // SAFETY: `new.db` is open or null.
        unsafe { check(new.db, status)? };
        new.execute("CREATE TABLE IF NOT EXISTS file (id INTEGER PRIMARY KEY, content BLOB)")?;
        Ok(new)
    }

    /// Runs statements that return no rows.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the store has been disposed.
    pub fn execute(&self, sql: &str) -> Result<(), Error> {
        let db = self.ensure_live()?.db;
        let sql = CString::new(sql)?;
        // SAFETY: `db` is live, `sql` is a C string, and the callback is null.
        unsafe {
            let status =
                ffi::sqlite3_exec(db, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut());
            check(db, status)
        }
    }

    /// Creates a blob of `len` bytes, and opens it for writing.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the store has been disposed.
    pub fn create(&self, len: usize) -> Result<Blob<'_>, Error> {
        self.execute(&format!("INSERT INTO file (content) VALUES (zeroblob({len}))"))?;
        let db = self.ensure_live()?.db;
        // SAFETY: `db` is live.
        let id = unsafe { ffi::sqlite3_last_insert_rowid(db) };
        self.open_blob(id)
    }

    /// Returns the connection, for what this interface does not have, or null once it is closed.
    #[must_use]
    pub fn raw(&self) -> *mut ffi::sqlite3 {
        self.db
    }

    /// Opens the content of file `id` for writing.
    ///
    /// # Errors
    ///
    /// Returns an error as [`create`](Self::create) does.
    pub fn open_blob(&self, id: i64) -> Result<Blob<'_>, Error> {
        let db = self.ensure_live()?.db;
        let mut raw = ptr::null_mut();
        let (main, table, column) = (c"main".as_ptr(), c"file".as_ptr(), c"content".as_ptr());
        // SAFETY: `db` is live, the texts are C strings, and `raw` is valid during the call.
        unsafe {
            check(db, ffi::sqlite3_blob_open(db, main, table, column, id, 1, &raw mut raw))?;
        }
        let raw = NonNull::new(raw).ok_or_else(|| Error::own(&"no blob"))?;
        Ok(Blob { raw, store: self, written: 0 })
    }
}

impl Blob<'_> {
    /// Writes the next bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one: the blob is full, or the row has been changed meanwhile.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (len, at) = (c_int::try_from(bytes.len()), c_int::try_from(self.written));
        let (Ok(len), Ok(at)) = (len, at) else { return Err(Error::own(&"too much")) };
        // SAFETY: the blob is open as long as `self`; the bytes can be read.
        unsafe {
            let raw = self.raw.as_ptr();
            check(self.store.db, ffi::sqlite3_blob_write(raw, bytes.as_ptr().cast(), len, at))?;
        }
        self.written += bytes.len();
        Ok(())
    }
}

impl Copying {
    /// Opens both databases and starts to copy.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one. What was opened by then is closed.
    pub fn start(from: &Path, to: &Path) -> Result<Self, Error> {
        let from = Store::open(from)?;
        let to = Store::open(to)?;
        let mut new = Self { from, to, raw: ptr::null_mut() };
        let main = c"main".as_ptr();
        // SAFETY: both connections are open, and the names C strings.
        new.raw = unsafe { ffi::sqlite3_backup_init(new.to.db, main, new.from.db, main) };
        if new.raw.is_null() {
            // SAFETY: `to.db` is open, and has the message.
            return Err(unsafe { Error::of(new.to.db, ffi::sqlite3_errcode(new.to.db)) });
        }
        Ok(new)
    }

    /// Returns the database that is copied. A `&mut` to it could close it under the copy.
    #[must_use]
    pub fn source(&self) -> &Store {
        &self.from
    }

    /// Copies `pages` more, and returns `true` if all is copied.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one, or if the copy has been disposed.
    pub fn step(&mut self, pages: c_int) -> Result<bool, Error> {
        // The check is on `raw`, which is released first and used here.
        if self.raw.is_null() {
            return self.ensure_live().map(|_| true).map_err(Error::from);
        }
        // SAFETY: `raw` is live.
        match unsafe { ffi::sqlite3_backup_step(self.raw, pages) } {
            ffi::SQLITE_OK => Ok(false),
            ffi::SQLITE_DONE => Ok(true),
            // SAFETY: `to.db` is open as long as the copy is under way.
            status => Err(unsafe { Error::of(self.to.db, status) }),
        }
    }
}

/// An error of SQLite's.
#[derive(Debug, PartialEq)]
pub struct Error {
    pub code: c_int,
    pub message: String,
}

impl Error {
    fn own(message: &impl ToString) -> Self {
        Self { code: ffi::SQLITE_MISUSE, message: message.to_string() }
    }

    /// # Safety
    ///
    /// `db` is open or null.
    unsafe fn of(db: *mut ffi::sqlite3, code: c_int) -> Self {
        // SAFETY: both may be called at any time, and the texts are C strings, copied here. Not every
        // failure is the connection's last one.
        let message = unsafe {
            let own = !db.is_null() && ffi::sqlite3_errcode(db) == code;
            CStr::from_ptr(if own { ffi::sqlite3_errmsg(db) } else { ffi::sqlite3_errstr(code) })
        };
        Self { code, message: message.to_string_lossy().into_owned() }
    }
}

/// # Safety
///
/// `db` is open or null.
unsafe fn check(db: *mut ffi::sqlite3, status: c_int) -> Result<(), Error> {
    // SAFETY: see above.
    if status == ffi::SQLITE_OK { Ok(()) } else { Err(unsafe { Error::of(db, status) }) }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {}

impl From<Disposed> for Error {
    fn from(disposed: Disposed) -> Self {
        Self::own(&disposed)
    }
}

impl From<NulError> for Error {
    fn from(error: NulError) -> Self {
        Self::own(&error)
    }
}

fn run(directory: &Path) -> Result<(), Box<dyn error::Error>> {
    let (from, to) = (directory.join("from.db"), directory.join("to.db"));
    let mut store = Store::open(&from)?;

    println!("a blob is closed, and its content committed:");
    let mut blob = store.create(11)?;
    blob.write(b"hello ")?;
    blob.write(b"world")?;
    blob.close()?;

    println!("a store is not closed under a copy, but after it:");
    let mut copying = Copying::start(&from, &to)?;
    while !copying.step(1)? {}
    copying.dispose()?;

    println!("and the store:");
    store.dispose()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let directory = std::env::args().nth(1).map(PathBuf::from);
    let directory = directory.unwrap_or_else(std::env::temp_dir);
    run(&directory)
}
