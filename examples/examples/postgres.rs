//! A PostgreSQL session through libpq, its C API: a connection, locks on the server, results, and a
//! transaction that is prepared for a commit in two phases.
//!
//! ```text
//! cargo run -q -p dispose-examples --example postgres "host=/var/run/postgresql user=me"
//! ```
//!
//! The argument names the server. Without one, `PGHOST` and the like do. The server must allow
//! `max_prepared_transactions`. Nothing stays on it.

use std::error;
use std::ffi::{CStr, CString, NulError, c_char, c_int, c_void};
use std::fmt;
use std::process::ExitCode;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use dispose_core::{Close, Dispose, Disposed, Slot};
use libloading::Library;

/// A session. It is `Dispose` because its owner may hold it as a part, and needs the errors of the last
/// statements. So every method calls `ensure_live()` first.
#[derive(Dispose)]
#[dispose(before = Self::roll_back)]
pub struct Session {
    // First declared, last released: whatever is live, the connection is.
    // SAFETY: nothing else finishes `raw`, and the methods call `ensure_live()` before they use it.
    #[unmanaged(unsafe(release = |raw| finish(self.pq, raw)))]
    raw: *mut PGconn,
    // Advisory locks. The server would also drop them with the connection, but later.
    #[unmanaged(release = |key| self.unlock(key), each)]
    locks: Vec<i64>,
    // A transaction that is prepared outlives its connection, and a restart of the server.
    prepared: Option<String>,
    pq: &'static Libpq,
}

/// The result of a query. It is `Close` because it is handed out. It may outlive its session, because
/// libpq's results do not refer to their connection.
#[derive(Close)]
pub struct Rows {
    // SAFETY: nothing else clears `raw`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |raw| (self.pq.PQclear)(raw.as_ptr())), always)]
    raw: NonNull<PGresult>,
    pq: &'static Libpq,
}

/// An open transaction, until it is prepared.
#[derive(Close)]
struct Transaction<'a> {
    #[unmanaged(release = |()| self.session.leave_transaction())]
    open: Option<()>,
    session: &'a Session,
}

/// A string of libpq's.
#[derive(Close)]
struct Text {
    // SAFETY: nothing else frees `raw`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |raw| (self.pq.PQfreemem)(raw.as_ptr().cast())), always)]
    raw: NonNull<c_char>,
    pq: &'static Libpq,
}

/// # Safety
///
/// `raw` is a connection of `pq` that is not used again.
unsafe fn finish(pq: &Libpq, raw: *mut PGconn) {
    // SAFETY: see above.
    unsafe { (pq.PQfinish)(raw) };
    println!("  PQfinish");
}

impl Session {
    /// Connects to the server that `target` names, and takes these locks.
    ///
    /// # Errors
    ///
    /// Returns an error if the library is missing, the server refuses, or another session has one of the
    /// locks. What was acquired by then is released.
    pub fn open(target: &str, locks: &[i64]) -> Result<Self, Error> {
        let pq = Libpq::get()?;
        let target = CString::new(target)?;
        let mut new = Self { raw: ptr::null_mut(), locks: Vec::new(), prepared: None, pq };
        // SAFETY: `target` is a C string.
        new.raw = unsafe { (pq.PQconnectdb)(target.as_ptr()) };
        // Even a failed attempt returns a connection to finish, and it is in its field already. From
        // here on, `?` drops `new`, which releases what it holds so far.
        // SAFETY: `new.raw` is live or null, which is a status of its own.
        if unsafe { (pq.PQstatus)(new.raw) } != CONNECTION_OK {
            return Err(new.error());
        }
        for &key in locks {
            if new.value(&format!("SELECT pg_try_advisory_lock({key})"))? != "t" {
                return Err(Error::own(&format!("lock {key} is taken")));
            }
            new.locks.push(key);
        }
        Ok(new)
    }

    /// Runs one statement.
    ///
    /// # Errors
    ///
    /// Returns an error if the server reports one or cannot be reached, or if the session has been
    /// disposed.
    pub fn execute(&self, sql: &str) -> Result<Rows, Error> {
        let raw = self.ensure_live()?.raw;
        let sql = CString::new(sql)?;
        // SAFETY: `raw` is live, and `sql` a C string.
        let raw = unsafe { (self.pq.PQexec)(raw, sql.as_ptr()) };
        let rows = Rows { raw: NonNull::new(raw).ok_or_else(|| self.error())?, pq: self.pq };
        rows.check()?;
        Ok(rows)
    }

    /// Runs a statement that returns one value.
    ///
    /// # Errors
    ///
    /// Returns an error as [`execute`](Self::execute) does.
    pub fn value(&self, sql: &str) -> Result<String, Error> {
        self.execute(sql)?.get(0, 0).ok_or_else(|| Error::own(&"no rows"))
    }

    /// Runs `sql` in a transaction, and prepares that under the name `id`. It is rolled back with the
    /// disposal unless [`commit`](Self::commit) is called.
    ///
    /// # Errors
    ///
    /// Returns an error as [`execute`](Self::execute) does, and then rolls the transaction back. Also
    /// returns one if a transaction is prepared already.
    pub fn prepare(&mut self, id: &str, sql: &str) -> Result<(), Error> {
        if self.prepared.is_some() {
            return Err(Error::own(&"a transaction is prepared already"));
        }
        let id = self.quoted(id)?;
        self.execute("BEGIN")?;
        let mut transaction = Transaction { open: Some(()), session: self };
        // From here on, `?` drops `transaction`, which rolls back.
        self.execute(sql)?;
        self.execute(&format!("PREPARE TRANSACTION {id}"))?;
        Slot::take(&mut transaction.open); // it is the server's now
        drop(transaction);
        self.prepared = Some(id);
        Ok(())
    }

    /// Commits what has been prepared.
    ///
    /// # Errors
    ///
    /// Returns an error as [`execute`](Self::execute) does. The transaction then stays prepared.
    pub fn commit(&mut self) -> Result<(), Error> {
        if let Some(id) = &self.prepared {
            self.execute(&format!("COMMIT PREPARED {id}"))?;
            self.prepared = None;
        }
        Ok(())
    }

    /// Checks the session before the releases, while the connection is still open.
    fn roll_back(&mut self) -> Result<(), Error> {
        let Some(id) = self.prepared.take() else { return Ok(()) };
        self.leave_transaction()?; // it cannot be done inside of one
        self.execute(&format!("ROLLBACK PREPARED {id}"))?;
        println!("  ROLLBACK PREPARED {id}");
        Ok(())
    }

    fn leave_transaction(&self) -> Result<(), Error> {
        // SAFETY: a connection or null, which is a status of its own.
        match unsafe { (self.pq.PQtransactionStatus)(self.raw) } {
            PQTRANS_INTRANS | PQTRANS_INERROR => self.execute("ROLLBACK").map(drop),
            _ => Ok(()),
        }
    }

    fn unlock(&self, key: i64) -> Result<(), Error> {
        if self.value(&format!("SELECT pg_advisory_unlock({key})"))? != "t" {
            return Err(Error::own(&format!("lock {key} was not held")));
        }
        println!("  pg_advisory_unlock {key}");
        Ok(())
    }

    fn quoted(&self, text: &str) -> Result<String, Error> {
        let raw = self.ensure_live()?.raw;
        // SAFETY: `raw` is live, and the bytes of `text` can be read.
        let quoted = unsafe { (self.pq.PQescapeLiteral)(raw, text.as_ptr().cast(), text.len()) };
        let quoted = Text { raw: NonNull::new(quoted).ok_or_else(|| self.error())?, pq: self.pq };
        // SAFETY: a C string as long as `quoted` lives, copied here.
        Ok(unsafe { copied(quoted.raw.as_ptr()) })
    }

    /// Returns the last error of the connection.
    fn error(&self) -> Error {
        // SAFETY: a connection or null, which has a message of its own; copied before the next call.
        let message = unsafe { copied((self.pq.PQerrorMessage)(self.raw)) };
        Error { state: String::new(), message }
    }
}

impl Rows {
    /// Returns a value as text, or `None` if it is null or does not exist.
    #[must_use]
    pub fn get(&self, row: c_int, column: c_int) -> Option<String> {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is live as long as `self`; a value that is there is a C string, copied here.
        unsafe {
            let rows = 0..(self.pq.PQntuples)(raw);
            let columns = 0..(self.pq.PQnfields)(raw);
            let is_there = rows.contains(&row)
                && columns.contains(&column)
                && (self.pq.PQgetisnull)(raw, row, column) == 0;
            is_there.then(|| copied((self.pq.PQgetvalue)(raw, row, column)))
        }
    }

    fn check(&self) -> Result<(), Error> {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is live as long as `self`.
        if matches!(unsafe { (self.pq.PQresultStatus)(raw) }, PGRES_COMMAND_OK | PGRES_TUPLES_OK) {
            return Ok(());
        }
        // SAFETY: as above; the texts are C strings, or null for a field, and copied here.
        unsafe {
            let state = (self.pq.PQresultErrorField)(raw, PG_DIAG_SQLSTATE);
            let message = copied((self.pq.PQresultErrorMessage)(raw));
            Err(Error {
                state: if state.is_null() { String::new() } else { copied(state) },
                message,
            })
        }
    }
}

/// An error: a message and, if the server reported it, its five letters of state.
#[derive(Debug)]
pub struct Error {
    pub state: String,
    pub message: String,
}

impl Error {
    fn own(message: &impl ToString) -> Self {
        Self { state: String::new(), message: message.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.trim_end())
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

impl From<libloading::Error> for Error {
    fn from(error: libloading::Error) -> Self {
        let cause =
            error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
        Self::own(&format!("libpq cannot be loaded: {error}{cause}"))
    }
}

/// # Safety
///
/// `text` is a C string.
unsafe fn copied(text: *const c_char) -> String {
    // SAFETY: see above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

#[repr(C)]
pub struct PGconn([u8; 0]);
#[repr(C)]
pub struct PGresult([u8; 0]);

const CONNECTION_OK: c_int = 0;
const PGRES_COMMAND_OK: c_int = 1;
const PGRES_TUPLES_OK: c_int = 2;
const PQTRANS_INTRANS: c_int = 2;
const PQTRANS_INERROR: c_int = 3;
const PG_DIAG_SQLSTATE: c_int = b'C' as c_int;

macro_rules! library {
    ($($function:ident: fn($($argument:ty),*) $(-> $returned:ty)?,)*) => {
        /// The functions of libpq. They are looked up while the program runs, so it builds without
        /// libpq's headers.
        #[expect(non_snake_case, reason = "C's own names")]
        pub struct Libpq {
            $($function: unsafe extern "C" fn($($argument),*) $(-> $returned)?,)*
            _code: Library,
        }

        impl Libpq {
            /// Loads `name`, which is libpq.
            ///
            /// # Errors
            ///
            /// Returns an error if the library does not exist or lacks a function.
            pub fn load(name: &str) -> Result<Self, Error> {
                // SAFETY: libpq's initialisers have no side effects that matter here.
                let code = unsafe { Library::new(name)? };
                Ok(Self {
                    // SAFETY: libpq declares it with these types.
                    $($function: unsafe { *code.get(stringify!($function))? },)*
                    _code: code,
                })
            }
        }
    };
}

library! {
    PQconnectdb: fn(*const c_char) -> *mut PGconn,
    PQstatus: fn(*const PGconn) -> c_int,
    PQtransactionStatus: fn(*const PGconn) -> c_int,
    PQerrorMessage: fn(*const PGconn) -> *const c_char,
    PQescapeLiteral: fn(*mut PGconn, *const c_char, usize) -> *mut c_char,
    PQfreemem: fn(*mut c_void),
    PQfinish: fn(*mut PGconn),
    PQexec: fn(*mut PGconn, *const c_char) -> *mut PGresult,
    PQresultStatus: fn(*const PGresult) -> c_int,
    PQresultErrorMessage: fn(*const PGresult) -> *const c_char,
    PQresultErrorField: fn(*const PGresult, c_int) -> *const c_char,
    PQntuples: fn(*const PGresult) -> c_int,
    PQnfields: fn(*const PGresult) -> c_int,
    PQgetisnull: fn(*const PGresult, c_int, c_int) -> c_int,
    PQgetvalue: fn(*const PGresult, c_int, c_int) -> *const c_char,
    PQclear: fn(*mut PGresult),
}

impl Libpq {
    /// Returns the library, which the first call loads.
    ///
    /// # Errors
    ///
    /// Returns an error as [`load`](Self::load) does.
    pub fn get() -> Result<&'static Self, Error> {
        static LIBPQ: OnceLock<Libpq> = OnceLock::new();
        if let Some(loaded) = LIBPQ.get() {
            return Ok(loaded);
        }
        let name = if cfg!(windows) {
            "libpq.dll"
        } else if cfg!(target_os = "macos") {
            "libpq.5.dylib"
        } else {
            "libpq.so.5"
        };
        let loaded = Self::load(name)?;
        Ok(LIBPQ.get_or_init(|| loaded))
    }
}

fn run(target: &str) -> Result<(), Box<dyn error::Error>> {
    const PREPARED: &str = "SELECT count(*) FROM pg_prepared_xacts WHERE gid LIKE 'dispose%'";
    let witness = Session::open(target, &[])?;
    println!("connected to PostgreSQL {}", witness.value("SHOW server_version")?);

    println!("\ndispose() with a transaction prepared:");
    let mut session = Session::open(target, &[1, 2])?;
    session.prepare("dispose", "CREATE TABLE dispose_visit (id integer)")?;
    println!("  prepared on the server: {}", witness.value(PREPARED)?);
    session.dispose()?;
    println!("  prepared on the server: {}", witness.value(PREPARED)?);
    if let Err(error) = session.execute("SELECT 1") {
        println!("  used afterwards: {error}");
    }

    println!("\ndispose() after the server has ended the session:");
    let mut session = Session::open(target, &[1, 2])?;
    session.prepare("dispose", "CREATE TABLE dispose_visit (id integer)")?;
    let process = session.value("SELECT pg_backend_pid()")?;
    witness.execute(&format!("SELECT pg_terminate_backend({process}, 10000)"))?;
    if let Err(error) = session.dispose() {
        for failure in error.failures() {
            let first = failure.error().to_string();
            println!("  {}: {}", failure.path(), first.lines().next().unwrap_or_default());
        }
    }
    println!("  prepared on the server: {}", witness.value(PREPARED)?);
    witness.execute("ROLLBACK PREPARED 'dispose'")?;

    println!("\nand the other session:");
    witness.close()?;
    Ok(())
}

fn main() -> ExitCode {
    let target = std::env::args().nth(1).unwrap_or_default();
    match run(&target) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("postgres: {error}");
            ExitCode::FAILURE
        }
    }
}
