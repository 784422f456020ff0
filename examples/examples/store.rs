//! The README's example: a struct that owns a connection and a statement of SQLite, and a handle type
//! that it hands out.
//!
//! ```text
//! cargo run -q -p dispose-examples --example store
//! ```

use std::error::Error;
use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};

use dispose_core::{Close, Dispose, StatusError, status};
use libsqlite3_sys::{
    sqlite3, sqlite3_close, sqlite3_exec, sqlite3_finalize, sqlite3_open, sqlite3_prepare_v2,
    sqlite3_reset, sqlite3_step, sqlite3_stmt,
};

unsafe extern "C" {
    // The bindings leave it out.
    fn sqlite3_close_v2(db: *mut sqlite3) -> c_int;
}

#[derive(Dispose)]
pub struct Store {
    // SAFETY: nothing else releases `db`, and each method calls `ensure_live` first.
    #[unmanaged(unsafe(release = sqlite3_close), unsafe(drop = sqlite3_close_v2),
                check = status::zero, on_error = keep)]
    db: *mut sqlite3, // released last
    // SAFETY: as above.
    #[unmanaged(unsafe(release = sqlite3_finalize), check = status::zero)]
    insert: *mut sqlite3_stmt, // released first
    name: String, // ordinary Rust
}

#[derive(Close)]
pub struct Cursor {
    // SAFETY: nothing else finalizes `raw`, and a closed `Cursor` does not exist.
    #[unmanaged(unsafe(release = |raw| sqlite3_finalize(raw.as_ptr())), check = status::zero, always)]
    raw: NonNull<sqlite3_stmt>,
}

impl Store {
    /// Opens a database in memory, with one table.
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite reports one. What was acquired by then is released.
    pub fn open(name: &str) -> Result<Self, StatusError> {
        let mut new = Self { db: ptr::null_mut(), insert: ptr::null_mut(), name: name.to_owned() };
        // SAFETY: the pointers are valid during the calls, and `db` is open after the first.
        unsafe {
            status::zero(sqlite3_open(c":memory:".as_ptr(), &raw mut new.db))?;
            let table = c"CREATE TABLE visit (id INTEGER PRIMARY KEY)".as_ptr();
            status::zero(sqlite3_exec(new.db, table, None, ptr::null_mut(), ptr::null_mut()))?;
        }
        new.insert = new.prepare(c"INSERT INTO visit DEFAULT VALUES")?;
        Ok(new)
    }

    /// Inserts a row.
    ///
    /// # Errors
    ///
    /// Returns an error if the store has been disposed, or if SQLite reports one.
    pub fn insert(&self) -> Result<(), Box<dyn Error>> {
        self.ensure_live()?;
        // SAFETY: `insert` is a statement of the open `db`. After a refused `dispose()` it is null, which
        // both functions accept.
        unsafe {
            sqlite3_step(self.insert); // its error is repeated by the next call
            Ok(status::zero(sqlite3_reset(self.insert))?)
        }
    }

    /// Hands a statement out, which may outlive the store.
    ///
    /// # Errors
    ///
    /// Returns an error if the store has been disposed, or if SQLite reports one.
    pub fn query(&self, sql: &CStr) -> Result<Cursor, Box<dyn Error>> {
        self.ensure_live()?;
        Ok(Cursor { raw: NonNull::new(self.prepare(sql)?).ok_or("an empty statement")? })
    }

    fn prepare(&self, sql: &CStr) -> Result<*mut sqlite3_stmt, StatusError> {
        let mut raw = ptr::null_mut();
        // SAFETY: `db` is open, and the other pointers are valid during the call.
        status::zero(unsafe {
            sqlite3_prepare_v2(self.db, sql.as_ptr(), -1, &raw mut raw, ptr::null_mut())
        })?;
        Ok(raw)
    }
}

pub fn main() -> Result<(), Box<dyn Error>> {
    let mut store = Store::open("visits")?;
    store.insert()?;
    println!("{}: open", store.name);
    let cursor = store.query(c"SELECT id FROM visit")?;

    let error = store.dispose().unwrap_err(); // SQLITE_BUSY: a cursor is open, so `db` is kept
    assert_eq!(error.to_string(), "failed to dispose `Store`: db: status 5");

    cursor.close()?; // by value: a closed cursor cannot be used
    store.dispose()?; // closes `db`
    store.dispose()?; // does nothing
    assert!(store.insert().is_err()); // "`Store` has been disposed"
    println!("{}: closed", store.name);
    Ok(())
}
