//! Databases within the process, and files of arrays.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    SQLITE "SQLite" in "libsqlite3.so.0";
    version text(sqlite3_libversion());
    fn sqlite3_libversion() -> *const c_char;
    fn sqlite3_open(path: *const c_char, db: *mut P) -> c_int;
    fn sqlite3_exec(db: P, sql: *const c_char, callback: P, data: P, message: P) -> c_int;
    fn sqlite3_prepare_v2(db: P, sql: *const c_char, len: c_int, statement: *mut P, tail: P) -> c_int;
    fn sqlite3_step(statement: P) -> c_int;
    fn sqlite3_column_int(statement: P, column: c_int) -> c_int;
    fn sqlite3_finalize(statement: P) -> c_int;
    fn sqlite3_blob_open(db: P, name: *const c_char, table: *const c_char, column: *const c_char, row: i64, flags: c_int, blob: *mut P) -> c_int;
    fn sqlite3_blob_write(blob: P, bytes: *const u8, len: c_int, offset: c_int) -> c_int;
    fn sqlite3_blob_close(blob: P) -> c_int;
    fn sqlite3_backup_init(to: P, to_name: *const c_char, from: P, from_name: *const c_char) -> P;
    fn sqlite3_backup_step(backup: P, pages: c_int) -> c_int;
    fn sqlite3_backup_finish(backup: P) -> c_int;
    fn sqlite3_close(db: P) -> c_int;
    fn sqlite3_close_v2(db: P) -> c_int;
}

fn sqlite(name: &str) -> P {
    let mut db = ptr::null_mut();
    assert_eq!(unsafe { sqlite3_open(scratch_c(name).as_ptr(), &raw mut db) }, 0);
    db
}

fn exec(db: P, sql: &CStr) -> c_int {
    unsafe { sqlite3_exec(db, sql.as_ptr(), NULL, NULL, NULL) }
}

fn prepare(db: P, sql: &CStr) -> P {
    let mut statement = ptr::null_mut();
    assert_eq!(unsafe { sqlite3_prepare_v2(db, sql.as_ptr(), -1, &raw mut statement, NULL) }, 0);
    statement
}

/// Returns the result of a query in a connection of its own.
fn asked(name: &str, sql: &CStr) -> c_int {
    unsafe {
        let db = sqlite(name);
        let statement = prepare(db, sql);
        assert_eq!(sqlite3_step(statement), 100);
        let result = sqlite3_column_int(statement, 0);
        assert_eq!((sqlite3_finalize(statement), sqlite3_close(db)), (0, 0));
        result
    }
}

row! {
    sqlite_connection SQLITE "connection" "sqlite3_close"
    {
        #[derive(Dispose)]
        struct Connection {
            #[unmanaged(unsafe(release = sqlite3_close), check = status::zero, on_error = keep, unsafe(drop = sqlite3_close_v2))]
            db: P,
        }
    }
    |seen| {
        unsafe {
            seen.success(sqlite3_close(sqlite("db")));
            seen.null("0", sqlite3_close(ptr::null_mut()) == 0);
            let db = sqlite("db");
            assert_eq!(exec(db, c"CREATE TABLE t (i); BEGIN; INSERT INTO t VALUES (1)"), 0);
            let statement = prepare(db, c"SELECT count(*) FROM t");
            let mut owner = Connection { db };
            seen.failure(code(owner.dispose()), "a statement, blob or backup from it is left");
            assert_eq!(sqlite3_step(statement), 100);
            seen.kept("", sqlite3_column_int(statement, 0) == 1);
            assert_eq!(sqlite3_finalize(statement), 0);
            let closed = owner.dispose().is_ok();
            seen.order("after its statements, blobs and backups", closed);
            seen.loses("a transaction that is open", asked("db", c"SELECT count(*) FROM t") == 0);
            let db = sqlite("db");
            let statement = prepare(db, c"SELECT 7");
            drop(Connection { db });
            let usable = sqlite3_step(statement) == 100 && sqlite3_column_int(statement, 0) == 7;
            let before = opened("db");
            assert_eq!(sqlite3_finalize(statement), 0);
            seen.waits("for nothing; `sqlite3_close_v2` leaves it to the last statement", usable && before == 1 && opened("db") == 0);
        }
    }
}

row! {
    sqlite_statement SQLITE "statement" "sqlite3_finalize"
    {
        #[derive(Close)]
        struct Statement {
            #[unmanaged(unsafe(release = sqlite3_finalize), check = status::zero)]
            statement: P,
        }
    }
    |seen| {
        unsafe {
            seen.null("0", sqlite3_finalize(ptr::null_mut()) == 0);
            let db = sqlite("db");
            assert_eq!(exec(db, c"CREATE TABLE t (i UNIQUE); INSERT INTO t VALUES (1)"), 0);
            let again = prepare(db, c"INSERT INTO t VALUES (1)");
            assert_eq!(sqlite3_step(again), 19);
            seen.failure(code(Statement { statement: again }.close()), "what the last `sqlite3_step` returned already");

            // Read in part, it has neither committed nor failed yet.
            let insert = |value: &CStr| {
                let statement = prepare(db, value);
                assert_eq!(sqlite3_step(statement), 100);
                statement
            };
            let count = c"SELECT count(*) FROM t";
            Statement { statement: insert(c"INSERT INTO t VALUES (2) RETURNING i") }.close().unwrap();
            seen.success(0);
            assert_eq!(asked("db", count), 2);
            let refused = insert(c"INSERT INTO t VALUES (3) RETURNING i");
            let reader = sqlite("db");
            let reading = prepare(reader, c"SELECT i FROM t");
            assert_eq!(sqlite3_step(reading), 100);
            let status = code(Statement { statement: refused }.close());
            seen.failure(status, "`BUSY`, a reader keeps the commit from its lock");
            assert_eq!((sqlite3_finalize(reading), sqlite3_close(reader)), (0, 0));
            let closed = sqlite3_close(db) == 0;
            seen.consumed("nothing holds the connection any more", closed);
            seen.not_so(
                "it commits what was read in part, and can be refused for the first time then: the row is undone",
                status == 5 && asked("db", count) == 2,
            );
        }
    }
}

row! {
    sqlite_blob SQLITE "blob" "sqlite3_blob_close"
    {
        #[derive(Close)]
        struct Blob {
            #[unmanaged(unsafe(release = sqlite3_blob_close), check = status::zero)]
            blob: P,
        }
    }
    |seen| {
        unsafe {
            seen.null("0", sqlite3_blob_close(ptr::null_mut()) == 0);
            let db = sqlite("db");
            assert_eq!(exec(db, c"CREATE TABLE t (b); INSERT INTO t VALUES (x'00')"), 0);
            let written = |byte: u8| {
                let mut blob = ptr::null_mut();
                assert_eq!(sqlite3_blob_open(db, c"main".as_ptr(), c"t".as_ptr(), c"b".as_ptr(), 1, 1, &raw mut blob), 0);
                assert_eq!(sqlite3_blob_write(blob, [byte].as_ptr(), 1, 0), 0);
                blob
            };
            Blob { blob: written(1) }.close().unwrap();
            seen.success(0);
            let is = |byte: &CStr| asked("db", byte) == 1;
            assert!(is(c"SELECT b = x'01' FROM t"));
            let blob = written(2);
            let reader = sqlite("db");
            let reading = prepare(reader, c"SELECT * FROM t");
            assert_eq!(sqlite3_step(reading), 100);
            seen.failure(code(Blob { blob }.close()), "`BUSY`, a reader keeps the commit from its lock");
            assert_eq!((sqlite3_finalize(reading), sqlite3_close(reader)), (0, 0));
            seen.consumed("the connection can be closed", sqlite3_close(db) == 0);
            seen.loses("it commits, and a refused one is undone: to be written anew, not released again", is(c"SELECT b = x'01' FROM t"));
        }
    }
}

row! {
    sqlite_backup SQLITE "backup" "sqlite3_backup_finish"
    {
        #[derive(Close)]
        struct Backup {
            #[unmanaged(unsafe(release = sqlite3_close), check = status::zero)]
            from: P,
            #[unmanaged(unsafe(release = sqlite3_close), check = status::zero)]
            to: P,
            #[unmanaged(unsafe(release = sqlite3_backup_finish), check = status::zero)]
            backup: P,
        }
    }
    |seen| {
        unsafe {
            let start = |to: &str| {
                let (from, to) = (sqlite("from"), sqlite(to));
                exec(from, c"CREATE TABLE IF NOT EXISTS t (i); INSERT INTO t VALUES (zeroblob(100000))");
                let backup = sqlite3_backup_init(to, c"main".as_ptr(), from, c"main".as_ptr());
                Backup { from, to, backup }
            };
            let mut half = start("half");
            assert_eq!(sqlite3_backup_step(half.backup, 1), 0);
            let refused = sqlite3_close(half.from);
            let finished = sqlite3_backup_finish(std::mem::replace(&mut half.backup, ptr::null_mut()));
            seen.success(finished);
            half.close().unwrap();
            seen.loses("a copy that is not complete, also 0", finished == 0 && asked("half", c"SELECT count(*) FROM sqlite_master") == 0);
            seen.order("before both connections: the source refuses until then", refused == 5);

            let full = start("full");
            assert_eq!(no_room(5_000, || sqlite3_backup_step(full.backup, -1)) & 0xff, 10);
            let status = full.close();
            seen.failure(code(status) & 0xff, "what `sqlite3_backup_step` returned already");
            seen.consumed("both connections could be closed", opened("from") + opened("full") == 0);
            seen.null("0", sqlite3_backup_finish(ptr::null_mut()) == 0);
        }
    }
}

library! {
    LMDB "LMDB" in "liblmdb.so.0";
    version { let (mut a, mut b, mut c) = (0, 0, 0); mdb_version(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn mdb_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int) -> *const c_char;
    fn mdb_env_create(environment: *mut P) -> c_int;
    fn mdb_env_open(environment: P, path: *const c_char, flags: c_uint, mode: libc::mode_t) -> c_int;
    fn mdb_env_set_maxdbs(environment: P, count: c_uint) -> c_int;
    fn mdb_env_close(environment: P);
    fn mdb_txn_begin(environment: P, parent: P, flags: c_uint, transaction: *mut P) -> c_int;
    fn mdb_txn_commit(transaction: P) -> c_int;
    fn mdb_txn_abort(transaction: P);
    fn mdb_dbi_open(transaction: P, name: *const c_char, flags: c_uint, dbi: *mut c_uint) -> c_int;
    fn mdb_dbi_close(environment: P, dbi: c_uint);
    fn mdb_dbi_flags(transaction: P, dbi: c_uint, flags: *mut c_uint) -> c_int;
    fn mdb_put(transaction: P, dbi: c_uint, key: *mut Value, value: *mut Value, flags: c_uint) -> c_int;
    fn mdb_get(transaction: P, dbi: c_uint, key: *mut Value, value: *mut Value) -> c_int;
}

/// An `MDB_val`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Value {
    len: usize,
    data: *const c_void,
}

impl Value {
    fn new(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), data: bytes.as_ptr().cast() }
    }
}

fn lmdb(name: &str) -> P {
    unsafe {
        let mut environment = ptr::null_mut();
        assert_eq!(mdb_env_create(&raw mut environment), 0);
        mdb_env_set_maxdbs(environment, 8);
        assert_eq!(mdb_env_open(environment, scratch_c(name).as_ptr(), 0x4000, 0o600), 0);
        environment
    }
}

fn begin(environment: P) -> P {
    let mut transaction = ptr::null_mut();
    assert_eq!(unsafe { mdb_txn_begin(environment, NULL, 0, &raw mut transaction) }, 0);
    transaction
}

row! {
    lmdb_transaction LMDB "transaction" "mdb_txn_commit, mdb_txn_abort"
    {
        #[derive(Close)]
        struct Transaction {
            #[unmanaged(unsafe(release = mdb_txn_abort))]
            transaction: P,
        }
        impl Transaction {
            /// Consumes it whatever comes out, so `abort` must not follow.
            fn commit(mut self) -> c_int {
                unsafe { mdb_txn_commit(dispose_core::Slot::take(&mut self.transaction).unwrap()) }
            }
        }
    }
    |seen| {
        unsafe {
            let environment = lmdb("db");
            let written = || {
                let (transaction, mut dbi) = (begin(environment), 0);
                assert_eq!(mdb_dbi_open(transaction, ptr::null(), 0, &raw mut dbi), 0);
                let big = vec![1; 100_000];
                assert_eq!(mdb_put(transaction, dbi, &mut Value::new(b"key"), &mut Value::new(&big), 0), 0);
                Transaction { transaction }
            };
            let there = || {
                let (transaction, mut dbi, mut value) = (begin(environment), 0, Value::new(b""));
                mdb_dbi_open(transaction, ptr::null(), 0, &raw mut dbi);
                let got = mdb_get(transaction, dbi, &mut Value::new(b"key"), &raw mut value);
                mdb_txn_abort(transaction);
                got == 0
            };
            written().close().unwrap();
            seen.loses("what was written, in `abort`", !there());
            let failed = written();
            let status = no_room(20_000, || failed.commit());
            seen.failure(status, "of `commit`, no room");
            let begun = !there();
            seen.consumed("the next writer can begin", begun);
            seen.not_so("a `commit` that fails has released it: never `abort` after it", begun);
            seen.success(written().commit());
            assert!(there());
            let lone = begin(environment);
            let waiter = environment.expose_provenance();
            let waiter = std::thread::spawn(move || mdb_txn_abort(begin(ptr::with_exposed_provenance_mut(waiter))));
            std::thread::sleep(std::time::Duration::from_millis(200));
            let waits = !waiter.is_finished();
            mdb_txn_abort(lone);
            waiter.join().unwrap();
            seen.waits("for nothing; the next writer waits for it", waits);
            mdb_env_close(environment);
        }
    }
}

row! {
    lmdb_environment LMDB "environment" "mdb_env_close"
    {
        #[derive(Dispose)]
        struct Environment {
            #[unmanaged(unsafe(release = mdb_env_close))]
            environment: P,
            #[unmanaged(unsafe(release = mdb_txn_abort), each)]
            transactions: Vec<P>,
        }
    }
    |seen| {
        let environment = lmdb("db");
        let mut owner = Environment { environment, transactions: vec![begin(environment)] };
        assert!(mapped("/db"));
        let before = descriptors();
        owner.dispose().unwrap();
        seen.void();
        seen.order("transactions first", !mapped("/db") && descriptors() < before);
        unsafe { mdb_env_close(ptr::null_mut()) };
        seen.null("accepted", true);
    }
}

row! {
    lmdb_dbi LMDB "database in an environment" "mdb_dbi_close"
    {
        #[derive(Close)]
        struct Database {
            // Only once the transaction that opened it has committed.
            #[unmanaged(unsafe(release = |dbi| mdb_dbi_close(self.environment, dbi)))]
            dbi: Option<c_uint>,
            #[dispose(skip)]
            environment: P,
        }
    }
    |seen| {
        unsafe {
            let environment = lmdb("db");
            let open = |transaction: P, name: &CStr| {
                let mut dbi = 0;
                assert_eq!(mdb_dbi_open(transaction, name.as_ptr(), 0x40000, &raw mut dbi), 0);
                dbi
            };
            let transaction = begin(environment);
            let first = open(transaction, c"first");
            assert_eq!(mdb_txn_commit(transaction), 0);
            Database { dbi: Some(first), environment }.close().unwrap();
            seen.void();
            let transaction = begin(environment);
            let aborted = open(transaction, c"aborted");
            mdb_txn_abort(transaction);
            let transaction = begin(environment);
            let stranger = open(transaction, c"stranger");
            assert_eq!(mdb_txn_commit(transaction), 0);
            mdb_dbi_close(environment, aborted);
            let transaction = begin(environment);
            let closed = mdb_dbi_flags(transaction, stranger, &mut 0) != 0;
            mdb_txn_abort(transaction);
            seen.not_so(
                "one that was opened in an aborted transaction is released already: a second release closes another one with its number",
                aborted == stranger && closed,
            );
            seen.order("own it from the commit on; before its environment, which releases all", closed);
            mdb_env_close(environment);
        }
    }
}

library! {
    ROCKSDB "RocksDB" in "librocksdb.so.7.8";
    version ROCKSDB.file_version();
    fn rocksdb_options_create() -> P;
    fn rocksdb_options_set_create_if_missing(options: P, yes: u8);
    fn rocksdb_options_set_max_open_files(options: P, count: c_int);
    fn rocksdb_writeoptions_create() -> P;
    fn rocksdb_writeoptions_disable_WAL(options: P, yes: c_int);
    fn rocksdb_readoptions_create() -> P;
    fn rocksdb_open(options: P, path: *const c_char, error: *mut *mut c_char) -> P;
    fn rocksdb_put(db: P, options: P, key: *const u8, key_len: usize, value: *const u8, len: usize, error: *mut *mut c_char);
    fn rocksdb_get(db: P, options: P, key: *const u8, key_len: usize, len: *mut usize, error: *mut *mut c_char) -> *mut c_char;
    fn rocksdb_flush(db: P, options: P, error: *mut *mut c_char);
    fn rocksdb_flushoptions_create() -> P;
    fn rocksdb_flushoptions_destroy(options: P);
    fn rocksdb_free(memory: P);
    fn rocksdb_close(db: P);
}

row! {
    rocksdb ROCKSDB "database" "rocksdb_close"
    {
        #[derive(Close)]
        struct Database {
            #[unmanaged(unsafe(release = |db| {
                let (options, mut error) = (rocksdb_flushoptions_create(), ptr::null_mut());
                rocksdb_flush(db, options, &mut error);
                rocksdb_flushoptions_destroy(options);
                rocksdb_close(db);
                outcome(error)
            }))]
            db: P,
        }
        /// The message, if there is one, which is freed.
        unsafe fn outcome(message: *mut c_char) -> Result<(), std::io::Error> {
            if message.is_null() {
                return Ok(());
            }
            let error = std::io::Error::other(unsafe { text(message) });
            unsafe { rocksdb_free(message.cast()) };
            Err(error)
        }
    }
    |seen| {
        unsafe {
            let options = rocksdb_options_create();
            rocksdb_options_set_create_if_missing(options, 1);
            let unlogged = rocksdb_writeoptions_create();
            rocksdb_writeoptions_disable_WAL(unlogged, 1);
            let open = |name: &str| {
                let mut error = ptr::null_mut();
                let db = rocksdb_open(options, scratch_c(name).as_ptr(), &raw mut error);
                assert!(error.is_null(), "{}", text(error));
                db
            };
            let put = |db: P| {
                let mut error = ptr::null_mut();
                rocksdb_put(db, unlogged, b"key".as_ptr(), 3, [7; 5_000].as_ptr(), 5_000, &raw mut error);
                assert!(error.is_null());
            };
            let there = |name: &str| {
                let (db, mut len, mut error) = (open(name), 0, ptr::null_mut());
                let value = rocksdb_get(db, rocksdb_readoptions_create(), b"key".as_ptr(), 3, &raw mut len, &raw mut error);
                rocksdb_close(db);
                !value.is_null()
            };
            let db = open("good");
            put(db);
            rocksdb_close(db);
            seen.void();
            seen.waits("writes what is not in the log", there("good"));
            let db = open("reported");
            put(db);
            Database { db }.close().unwrap();
            assert!(there("reported"));
        }
    }
}

library! {
    LEVELDB "LevelDB" in "libleveldb.so.1d";
    version { let (major, minor) = (leveldb_major_version(), leveldb_minor_version()); format!("{major}.{minor}") };
    fn leveldb_major_version() -> c_int;
    fn leveldb_minor_version() -> c_int;
    fn leveldb_options_create() -> P;
    fn leveldb_options_set_create_if_missing(options: P, yes: u8);
    fn leveldb_readoptions_create() -> P;
    fn leveldb_open(options: P, path: *const c_char, error: *mut *mut c_char) -> P;
    fn leveldb_create_iterator(db: P, options: P) -> P;
    fn leveldb_iter_destroy(iterator: P);
    fn leveldb_close(db: P);
}

row! {
    leveldb LEVELDB "database, iterator" "leveldb_close, leveldb_iter_destroy"
    {
        #[derive(Dispose)]
        struct Database {
            #[unmanaged(unsafe(release = leveldb_close))]
            db: P,
            #[unmanaged(unsafe(release = leveldb_iter_destroy), each)]
            iterators: Vec<P>,
        }
    }
    |seen| {
        unsafe {
            let options = leveldb_options_create();
            leveldb_options_set_create_if_missing(options, 1);
            let open = || {
                let mut error = ptr::null_mut();
                leveldb_open(options, scratch_c("db").as_ptr(), &raw mut error)
            };
            let db = open();
            assert!(open().is_null(), "locked");
            let iterators = vec![leveldb_create_iterator(db, leveldb_readoptions_create()); 1];
            let mut owner = Database { db, iterators };
            owner.dispose().unwrap();
            seen.void();
            let again = open();
            seen.order("iterators first; then the lock of the folder is free", !again.is_null());
            leveldb_close(again);
        }
    }
}

library! {
    GDBM "gdbm" in "libgdbm.so.6";
    version { let version = GDBM.symbol("gdbm_version").cast::<*const c_char>(); text(*version).split(' ').nth(2).unwrap().trim_end_matches('.').to_owned() };
    fn gdbm_open(path: *const c_char, block: c_int, flags: c_int, mode: c_int, fatal: P) -> P;
    fn gdbm_fdesc(db: P) -> c_int;
    fn gdbm_store(db: P, key: Datum, value: Datum, flag: c_int) -> c_int;
    fn gdbm_close(db: P) -> c_int;
}

/// A `datum` of gdbm.
#[repr(C)]
#[derive(Clone, Copy)]
struct Datum {
    data: *const u8,
    len: c_int,
}

row! {
    gdbm GDBM "database" "gdbm_close"
    {
        #[derive(Close)]
        struct Database {
            #[unmanaged(unsafe(release = gdbm_close), check = status::errno)]
            db: P,
        }
    }
    |seen| {
        let open = || unsafe { gdbm_open(scratch_c("db").as_ptr(), 0, 2, 0o600, NULL) };
        unsafe {
            let db = open();
            assert_eq!(gdbm_store(db, Datum { data: b"k".as_ptr(), len: 1 }, Datum { data: b"v".as_ptr(), len: 1 }, 0), 0);
            Database { db }.close().unwrap();
            seen.success(0);
            let db = open();
            libc::close(gdbm_fdesc(db));
            let mut error = 0;
            let gone = freed(|| error = os(Database { db }.close()));
            assert_eq!(error, libc::EBADF);
            seen.failure(-1, "its descriptor is gone (`errno` shows it)");
            seen.consumed("the memory is freed", gone > 4_000);
        }
    }
}

library! {
    TDB "tdb" in "libtdb.so.1";
    version TDB.file_version();
    fn tdb_open(path: *const c_char, hash_size: c_int, flags: c_int, open_flags: c_int, mode: libc::mode_t) -> P;
    fn tdb_transaction_start(db: P) -> c_int;
    fn tdb_transaction_commit(db: P) -> c_int;
    fn tdb_transaction_cancel(db: P) -> c_int;
    fn tdb_store(db: P, key: TdbData, value: TdbData, flag: c_int) -> c_int;
    fn tdb_exists(db: P, key: TdbData) -> c_int;
    fn tdb_close(db: P) -> c_int;
}

/// A `TDB_DATA`.
#[repr(C)]
#[derive(Clone, Copy)]
struct TdbData {
    data: *const u8,
    len: usize,
}

row! {
    tdb TDB "database, its transaction" "tdb_close, tdb_transaction_cancel"
    {
        #[derive(Dispose)]
        struct Database {
            #[unmanaged(unsafe(release = tdb_close), check = status::zero)]
            db: P,
            // Set while a transaction is open; a commit clears it, whatever comes out.
            #[unmanaged(unsafe(release = |_| tdb_transaction_cancel(self.db)), check = status::zero, invalid = false)]
            transaction: bool,
        }
    }
    |seen| {
        let key = TdbData { data: b"key".as_ptr(), len: 3 };
        unsafe {
            let open = || tdb_open(scratch_c("db").as_ptr(), 0, 0, libc::O_RDWR | libc::O_CREAT, 0o600);
            let begin = |db: P| assert_eq!((tdb_transaction_start(db), tdb_store(db, key, key, 0)), (0, 0));
            let there = || {
                let db = open();
                let there = tdb_exists(db, key);
                tdb_close(db);
                there == 1
            };
            let db = open();
            begin(db);
            seen.success(tdb_close(db));
            seen.loses("a transaction that is open", !there());
            let db = open();
            begin(db);
            Database { db, transaction: true }.dispose().unwrap();
            assert!(!there());
            let db = open();
            begin(db);
            let status = no_room(4_096, || { tdb_store(db, key, TdbData { data: [7; 10_000].as_ptr(), len: 10_000 }, 0); tdb_transaction_commit(db) });
            seen.failure(status, "of `tdb_transaction_commit`, no room");
            let second = tdb_transaction_cancel(db);
            seen.consumed("a commit that failed has cancelled it: -1 to another one", second == -1 && tdb_close(db) == 0 && !there());
            let db = open();
            begin(db);
            assert_eq!(tdb_transaction_commit(db), 0);
            Database { db, transaction: false }.dispose().unwrap();
            assert!(there());
        }
    }
}

library! {
    TOKYO "Tokyo Cabinet" in "libtokyocabinet.so.9";
    version text(*TOKYO.symbol("tcversion").cast::<*const c_char>());
    fn tchdbnew() -> P;
    fn tchdbopen(db: P, path: *const c_char, mode: c_int) -> bool;
    fn tchdbput(db: P, key: *const u8, key_len: c_int, value: *const u8, len: c_int) -> bool;
    fn tchdbvsiz(db: P, key: *const u8, len: c_int) -> c_int;
    fn tchdbtranbegin(db: P) -> bool;
    fn tchdbclose(db: P) -> bool;
    fn tchdbdel(db: P);
}

row! {
    tokyo TOKYO "hash database" "tchdbclose, tchdbdel"
    {
        #[derive(Close)]
        struct Database {
            #[unmanaged(unsafe(release = |db| {
                let closed = tchdbclose(db);
                tchdbdel(db);
                closed
            }), check = status::is_true)]
            db: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let db = tchdbnew();
                assert!(tchdbopen(db, scratch_c("db").as_ptr(), 2 | 4));
                db
            };
            let db = open();
            seen.success(tchdbclose(db));
            seen.failure(tchdbclose(db), "a second time");
            tchdbdel(db);
            let db = open();
            assert!(tchdbtranbegin(db) && tchdbput(db, b"key".as_ptr(), 3, b"value".as_ptr(), 5));
            Database { db }.close().unwrap();
            let db = open();
            seen.loses("a transaction that is open", tchdbvsiz(db, b"key".as_ptr(), 3) == -1);
            let before = descriptors();
            Database { db }.close().unwrap();
            assert_eq!(descriptors(), before - 1);
            tchdbdel(open());
            seen.waits("`tchdbdel` alone closes too, and returns nothing", opened("db") == 0);
        }
    }
}

library! {
    KYOTO "Kyoto Cabinet" in "libkyotocabinet.so.16";
    version text(*KYOTO.symbol("KCVERSION").cast::<*const c_char>());
    fn kcdbnew() -> P;
    fn kcdbopen(db: P, path: *const c_char, mode: u32) -> i32;
    fn kcdbset(db: P, key: *const u8, key_len: usize, value: *const u8, len: usize) -> i32;
    fn kcdbbegintran(db: P, hard: i32) -> i32;
    fn kcdbcheck(db: P, key: *const u8, len: usize) -> i32;
    fn kcdbclose(db: P) -> i32;
    fn kcdbdel(db: P);
}

row! {
    kyoto KYOTO "database" "kcdbclose, kcdbdel"
    {
        #[derive(Close)]
        struct Database {
            #[unmanaged(unsafe(release = |db| {
                let closed = kcdbclose(db);
                kcdbdel(db);
                closed
            }), check = status::one)]
            db: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let db = kcdbnew();
                assert_eq!(kcdbopen(db, scratch_c("db.kch").as_ptr(), 2 | 4), 1);
                db
            };
            let db = open();
            seen.success(kcdbclose(db));
            seen.failure(kcdbclose(db), "a second time");
            kcdbdel(db);
            let db = open();
            assert_eq!((kcdbbegintran(db, 0), kcdbset(db, b"key".as_ptr(), 3, b"value".as_ptr(), 5)), (1, 1));
            Database { db }.close().unwrap();
            let db = open();
            seen.loses("a transaction that is open", kcdbcheck(db, b"key".as_ptr(), 3) == -1);
            Database { db }.close().unwrap();
        }
    }
}

library! {
    HDF5 "HDF5" in "libhdf5_serial.so.103" | "libhdf5.so";
    // At exit it would meet the file that could not be closed.
    version { let (mut a, mut b, mut c) = (0, 0, H5dont_atexit().unsigned_abs()); H5get_libversion(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn H5get_libversion(major: *mut c_uint, minor: *mut c_uint, release: *mut c_uint) -> c_int;
    fn H5open() -> c_int;
    fn H5dont_atexit() -> c_int;
    fn H5Eset_auto2(stack: i64, function: P, data: P) -> c_int;
    fn H5Fcreate(path: *const c_char, flags: c_uint, creation: i64, access: i64) -> i64;
    fn H5Fclose(file: i64) -> c_int;
    fn H5Pcreate(class: i64) -> i64;
    fn H5Pset_fclose_degree(list: i64, degree: c_int) -> c_int;
    fn H5Pclose(list: i64) -> c_int;
    fn H5Screate_simple(rank: c_int, dimensions: *const u64, most: *const u64) -> i64;
    fn H5Sclose(space: i64) -> c_int;
    fn H5Dcreate2(file: i64, name: *const c_char, kind: i64, space: i64, link: i64, creation: i64, access: i64) -> i64;
    fn H5Dwrite(set: i64, kind: i64, memory: i64, file: i64, list: i64, values: *const c_void) -> c_int;
    fn H5Dclose(set: i64) -> c_int;
    fn H5Iis_valid(id: i64) -> c_int;
    fn H5Iget_ref(id: i64) -> c_int;
}

fn hdf5(name: &str, degree: c_int) -> i64 {
    unsafe {
        assert_eq!((H5open(), H5Eset_auto2(0, NULL, NULL)), (0, 0));
        let access = H5Pcreate(*HDF5.symbol("H5P_CLS_FILE_ACCESS_ID_g").cast::<i64>());
        assert_eq!(H5Pset_fclose_degree(access, degree), 0);
        let file = H5Fcreate(scratch_c(name).as_ptr(), 2, 0, access);
        assert_eq!(H5Pclose(access), 0);
        assert!(file > 0);
        file
    }
}

/// A set of 1,000 numbers, written.
fn set(file: i64) -> i64 {
    unsafe {
        let kind = *HDF5.symbol("H5T_NATIVE_INT_g").cast::<i64>();
        let space = H5Screate_simple(1, [1_000].as_ptr(), ptr::null());
        let set = H5Dcreate2(file, c"set".as_ptr(), kind, space, 0, 0, 0);
        assert_eq!(H5Sclose(space), 0);
        assert_eq!(H5Dwrite(set, kind, 0, 0, 0, [7_i32; 1_000].as_ptr().cast()), 0);
        set
    }
}

row! {
    hdf5_file HDF5 "file" "H5Fclose"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = H5Fclose), check = status::non_negative, invalid = -1)]
            file: i64,
        }
    }
    |seen| {
        unsafe {
            let file = hdf5("good", 0);
            H5Dclose(set(file));
            seen.success(H5Fclose(file));
            seen.waits("writes what is cached", size("good") > 4_000);
            seen.null("-1: -1", H5Fclose(-1) == -1);
            let file = hdf5("full", 0);
            H5Dclose(set(file));
            let closed = no_room(500, || File { file }.close());
            seen.failure(code(closed), "no room");
                        let same = std::fs::read(scratch("full")).unwrap() == std::fs::read(scratch("good")).unwrap();
            seen.consumed("the data is lost", !same);
            seen.not_so("its id stays valid and looks kept: no second call, which is not safe in this version", H5Iis_valid(file) == 1);
            let file = hdf5("later", 0);
            let set = set(file);
            File { file }.close().unwrap();
            seen.order("after its sets, or the file stays open, and its error comes out of the last of them", opened("later") > 0 && no_room(500, || H5Dclose(set)) == -1);
        }
    }
}

row! {
    hdf5_semi HDF5 "file of the close degree SEMI" "H5Fclose"
    {
        #[derive(Dispose)]
        struct File {
            #[unmanaged(unsafe(release = H5Fclose), check = status::non_negative, invalid = -1, on_error = keep)]
            file: i64,
        }
    }
    |seen| {
        unsafe {
            let file = hdf5("db", 2);
            let set = set(file);
            let mut owner = File { file };
            seen.failure(code(owner.dispose()), "objects of it are open");
            assert_eq!(H5Iis_valid(file), 1);
            assert_eq!(H5Dclose(set), 0);
            let again = owner.dispose();
            seen.success(0);
            seen.kept("the second call saves all", again.is_ok() && size("db") > 4_000);
            seen.order("after its objects", opened("db") == 0);
        }
    }
}

row! {
    hdf5_strong HDF5 "file of the close degree STRONG" "H5Fclose"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = H5Fclose), check = status::non_negative, invalid = -1)]
            file: i64,
            #[unmanaged(unsafe(release = H5Dclose), check = status::non_negative, invalid = -1)]
            set: i64,
        }
    }
    |seen| {
        unsafe {
            let file = hdf5("db", 3);
            let of = set(file);
            seen.success(H5Fclose(file));
            let gone = H5Iis_valid(of) == 0;
            seen.order("closes its objects too: released after it, they fail (-1)", gone && H5Dclose(of) == -1);
            let file = hdf5("db", 3);
            File { file, set: set(file) }.close().unwrap();
        }
    }
}

row! {
    hdf5_list HDF5 "property list, data space" "H5Pclose, H5Sclose"
    {
        #[derive(Close)]
        struct List {
            #[unmanaged(unsafe(release = H5Pclose), check = status::non_negative, invalid = 0)]
            list: i64,
        }
        #[derive(Close)]
        struct Space {
            #[unmanaged(unsafe(release = H5Sclose), check = status::non_negative, invalid = -1)]
            space: i64,
        }
    }
    |seen| {
        unsafe {
            assert_eq!((H5open(), H5Eset_auto2(0, NULL, NULL)), (0, 0));
            let list = H5Pcreate(*HDF5.symbol("H5P_CLS_FILE_ACCESS_ID_g").cast::<i64>());
            List { list }.close().unwrap();
            seen.success(0);
            seen.failure(H5Pclose(list), "a second time");
            seen.null("0, the default list, is accepted by `H5Pclose`; `H5Sclose(0)` is -1", H5Pclose(0) == 0 && H5Sclose(0) == -1);
            Space { space: H5Screate_simple(1, [10].as_ptr(), ptr::null()) }.close().unwrap();
        }
    }
}

library! {
    NETCDF "netCDF" in "libnetcdf.so.19";
    version text(nc_inq_libvers()).split(' ').next().unwrap().to_owned();
    fn nc_inq_libvers() -> *const c_char;
    fn nc_create(path: *const c_char, mode: c_int, id: *mut c_int) -> c_int;
    fn nc_open(path: *const c_char, mode: c_int, id: *mut c_int) -> c_int;
    fn nc_def_dim(id: c_int, name: *const c_char, len: usize, dimension: *mut c_int) -> c_int;
    fn nc_def_var(id: c_int, name: *const c_char, kind: c_int, count: c_int, dimensions: *const c_int, variable: *mut c_int) -> c_int;
    fn nc_enddef(id: c_int) -> c_int;
    fn nc_put_var_int(id: c_int, variable: c_int, values: *const c_int) -> c_int;
    fn nc_get_var_int(id: c_int, variable: c_int, values: *mut c_int) -> c_int;
    fn nc_sync(id: c_int) -> c_int;
    fn nc_abort(id: c_int) -> c_int;
    fn nc_close(id: c_int) -> c_int;
}

fn netcdf(name: &str, mode: c_int) -> c_int {
    unsafe {
        let (mut id, mut dimension, mut variable) = (-1, -1, -1);
        assert_eq!(nc_create(scratch_c(name).as_ptr(), mode, &raw mut id), 0);
        assert_eq!(nc_def_dim(id, c"d".as_ptr(), 1_000, &raw mut dimension), 0);
        assert_eq!(nc_def_var(id, c"v".as_ptr(), 4, 1, &raw const dimension, &raw mut variable), 0);
        assert_eq!(nc_enddef(id), 0);
        assert_eq!(nc_put_var_int(id, variable, [7; 1_000].as_ptr()), 0);
        id
    }
}

/// Whether the file has all the values.
fn netcdf_is_whole(name: &str) -> bool {
    unsafe {
        let (mut id, mut values) = (-1, [0; 1_000]);
        if nc_open(scratch_c(name).as_ptr(), 0, &raw mut id) != 0 {
            return false;
        }
        let got = nc_get_var_int(id, 0, values.as_mut_ptr());
        nc_close(id);
        got == 0 && values == [7; 1_000]
    }
}

row! {
    netcdf_classic NETCDF "classic file" "nc_close"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(check = status::zero, unsafe(release = |id| {
                let saved = nc_sync(id);
                let closed = nc_close(id);
                if saved == 0 { closed } else { saved }
            }), invalid = -1)]
            id: c_int,
        }
    }
    |seen| {
        unsafe {
            seen.success(nc_close(netcdf("good", 0)));
            assert!(netcdf_is_whole("good"));
            let id = netcdf("guessed", 0);
            let status = no_room(500, || nc_close(id));
            seen.loses("0 although the values are lost: `nc_sync` in the closure", status == 0 && !netcdf_is_whole("guessed"));
            let id = netcdf("reported", 0);
            let closed = no_room(500, || File { id }.close());
            seen.failure(code(closed), "of `nc_sync`, no room");
            seen.consumed("-33 to a second call", nc_close(id) == -33);
            let before = size("later");
            nc_close(netcdf("later", 0));
            seen.waits("writes what is buffered", before == 0 && netcdf_is_whole("later"));
        }
    }
}

row! {
    netcdf4 NETCDF "netCDF-4 file" "nc_close, nc_abort"
    {
        #[derive(Dispose)]
        struct File {
            #[unmanaged(unsafe(release = nc_close), check = status::zero, invalid = -1, on_error = keep, unsafe(drop = |id| {
                let closed = nc_close(id);
                if closed != 0 {
                    nc_abort(id);
                }
                closed
            }))]
            id: c_int,
        }
    }
    |seen| {
        unsafe {
            seen.success(nc_close(netcdf("good", 0x1000)));
            assert!(netcdf_is_whole("good"));
            let id = netcdf("kept", 0x1000);
            let mut owner = File { id };
            seen.failure(code(no_room(500, || owner.dispose())), "no room");
            let again = owner.dispose().is_ok();
            seen.kept("the second call saves all", again && netcdf_is_whole("kept"));
            let id = netcdf("last", 0x1000);
            no_room(500, || drop(File { id }));
            assert_eq!(reports().len(), 1);
            seen.loses("the last attempt must abort it, or its id stays: `drop`", nc_close(id) == -33);
        }
    }
}

library! {
    MATIO "matio" in "libmatio.so.11";
    version { let (mut a, mut b, mut c) = (0, 0, 0); Mat_GetLibraryVersion(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn Mat_GetLibraryVersion(major: *mut c_int, minor: *mut c_int, release: *mut c_int);
    fn Mat_CreateVer(path: *const c_char, header: *const c_char, version: c_int) -> P;
    fn Mat_Close(file: P) -> c_int;
}

row! {
    matio MATIO "file" "Mat_Close"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = Mat_Close), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            File { file: Mat_CreateVer(scratch_c("good").as_ptr(), ptr::null(), 0x0100) }.close().unwrap();
            seen.success(0);
            let status = Mat_Close(ptr::null_mut());
            seen.null(&format!("{status}, an error"), status != 0);
            let before = descriptors();
            let file = Mat_CreateVer(c"/dev/full".as_ptr(), ptr::null(), 0x0100);
            seen.failure(code(File { file }.close()), "the device is full");
            seen.consumed("the descriptor is closed", descriptors() == before);
        }
    }
}

library! {
    DUCKDB "DuckDB" in "libduckdb.so";
    version text(duckdb_library_version()).trim_start_matches('v').to_owned();
    fn duckdb_library_version() -> *const c_char;
    fn duckdb_open(path: *const c_char, db: *mut P) -> c_int;
    fn duckdb_close(db: *mut P);
    fn duckdb_connect(db: P, connection: *mut P) -> c_int;
    fn duckdb_disconnect(connection: *mut P);
    fn duckdb_query(connection: P, sql: *const c_char, result: *mut [u64; 8]) -> c_int;
    fn duckdb_value_int64(result: *mut [u64; 8], column: u64, row: u64) -> i64;
    fn duckdb_destroy_result(result: *mut [u64; 8]);
    fn duckdb_prepare(connection: P, sql: *const c_char, statement: *mut P) -> c_int;
    fn duckdb_execute_prepared(statement: P, result: *mut [u64; 8]) -> c_int;
    fn duckdb_destroy_prepare(statement: *mut P);
    fn duckdb_appender_create(connection: P, schema: *const c_char, table: *const c_char, appender: *mut P) -> c_int;
    fn duckdb_append_int32(appender: P, value: i32) -> c_int;
    fn duckdb_appender_end_row(appender: P) -> c_int;
    fn duckdb_appender_close(appender: P) -> c_int;
    fn duckdb_appender_destroy(appender: *mut P) -> c_int;
}

fn duckdb(name: &str) -> (P, P) {
    unsafe {
        let (mut db, mut connection) = (NULL, NULL);
        assert_eq!(duckdb_open(scratch_c(name).as_ptr(), &raw mut db), 0);
        assert_eq!(duckdb_connect(db, &raw mut connection), 0);
        (db, connection)
    }
}

/// Runs a statement; its first number, if it has one.
fn run(connection: P, sql: &CStr) -> Option<i64> {
    unsafe {
        let mut result = [0; 8];
        let ran = duckdb_query(connection, sql.as_ptr(), &raw mut result) == 0;
        let number = ran.then(|| duckdb_value_int64(&raw mut result, 0, 0));
        duckdb_destroy_result(&raw mut result);
        number
    }
}

row! {
    #[ignore = "its library is no package of Debian's: .ci/deep"]
    duckdb_database DUCKDB "database, connection, prepared statement" "duckdb_close, duckdb_disconnect, duckdb_destroy_prepare"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(unsafe(release = |mut db| duckdb_close(&mut db)))]
            db: P,
            #[unmanaged(unsafe(release = |mut connection| duckdb_disconnect(&mut connection)))]
            connection: P,
            #[unmanaged(unsafe(release = |mut statement| duckdb_destroy_prepare(&mut statement)))]
            statement: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let (db, connection) = duckdb("db");
                run(connection, c"CREATE TABLE IF NOT EXISTS t (i INTEGER)").unwrap();
                let mut statement = NULL;
                assert_eq!(duckdb_prepare(connection, c"INSERT INTO t VALUES (7)".as_ptr(), &raw mut statement), 0);
                (db, connection, statement)
            };
            let (mut db, mut connection, mut statement) = open();
            duckdb_disconnect(&raw mut connection);
            duckdb_close(&raw mut db);
            seen.void();
            duckdb_close(&raw mut db);
            seen.null("accepted, and it writes null", db.is_null() && connection.is_null());
            let mut result = [0; 8];
            let alive = duckdb_execute_prepared(statement, &raw mut result) == 0;
            duckdb_destroy_result(&raw mut result);
            seen.waits("they are not released while a prepared statement of them is left, which can still write and commit", alive && opened("db") > 0);
            duckdb_destroy_prepare(&raw mut statement);
            seen.order("statements before the connection, and that before the database", opened("db") == 0);
            let (db, connection, statement) = open();
            let committed = run(connection, c"SELECT count(*) FROM t");
            Connection { db, connection, statement }.close().unwrap();
            assert_eq!((committed, opened("db")), (Some(1), 0));
        }
    }
}

row! {
    #[ignore = "its library is no package of Debian's: .ci/deep"]
    duckdb_appender DUCKDB "appender, transaction" "duckdb_appender_close, duckdb_appender_destroy"
    {
        #[derive(Close)]
        struct Appending {
            // Cleared by a commit. Released after the appender, which writes its rows into the transaction.
            #[unmanaged(release = |_| match run(self.connection, c"ROLLBACK") {
                Some(_) => Ok(()),
                None => Err(std::io::Error::other("not rolled back")),
            }, invalid = false)]
            transaction: bool,
            #[unmanaged(unsafe(release = |mut appender| {
                let closed = duckdb_appender_close(appender);
                duckdb_appender_destroy(&mut appender);
                closed
            }), check = status::zero)]
            appender: P,
            #[dispose(skip)] // borrowed
            connection: P,
        }
    }
    |seen| {
        #[derive(Close)]
        #[dispose(before = |this| assert!(run(this.connection, c"ROLLBACK").is_some()))]
        struct Guessed {
            #[unmanaged(unsafe(release = |mut appender| duckdb_appender_destroy(&mut appender)), check = status::zero)]
            appender: P,
            #[dispose(skip)]
            connection: P,
        }
        unsafe {
            let (mut db, mut connection) = duckdb("db");
            run(connection, c"CREATE TABLE t (i INTEGER PRIMARY KEY)").unwrap();
            let append = |begin: bool, value: i32| {
                if begin {
                    run(connection, c"BEGIN").unwrap();
                }
                let mut appender = NULL;
                assert_eq!(duckdb_appender_create(connection, ptr::null(), c"t".as_ptr(), &raw mut appender), 0);
                assert_eq!((duckdb_append_int32(appender, value), duckdb_appender_end_row(appender)), (0, 0));
                appender
            };
            let count = || run(connection, c"SELECT count(*) FROM t").unwrap();
            Appending { transaction: false, appender: append(false, 1), connection }.close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", count() == 1);
            Guessed { appender: append(true, 2), connection }.close().unwrap();
            seen.not_so("its rows are outside of the transaction until then: rolled back in `before`, they are committed", count() == 2);
            Appending { transaction: true, appender: append(true, 3), connection }.close().unwrap();
            seen.order("before ROLLBACK and COMMIT: the transaction is a field declared before it", count() == 2);
            let appender = append(false, 1);
            let first = duckdb_appender_close(appender);
            seen.failure(first, "a row that the table refuses");
            run(connection, c"DELETE FROM t WHERE i = 1").unwrap();
            let second = duckdb_appender_close(appender);
            seen.kept("of `duckdb_appender_close`: a second call writes it", second == 0 && count() == 2);
            duckdb_appender_destroy(&mut { appender });
            let lost = append(false, 1);
            seen.consumed("of `duckdb_appender_destroy`, with all its rows", duckdb_appender_destroy(&mut { lost }) == 1 && count() == 2);
            let left = append(false, 1);
            assert_eq!(code(Appending { transaction: false, appender: left, connection }.close()), 1);
            seen.null("1", duckdb_appender_destroy(&mut NULL.clone()) == 1);
            duckdb_disconnect(&raw mut connection);
            duckdb_close(&raw mut db);
        }
    }
}

library! {
    TINYCDB "tinycdb" in "libcdb.so.1";
    version TINYCDB.file_version();
    fn cdb_make_start(maker: *mut u64, fd: c_int) -> c_int;
    fn cdb_make_add(maker: *mut u64, key: *const u8, key_len: c_uint, value: *const u8, len: c_uint) -> c_int;
    fn cdb_make_finish(maker: *mut u64) -> c_int;
    fn cdb_init(reader: *mut u64, fd: c_int) -> c_int;
    fn cdb_find(reader: *mut u64, key: *const u8, len: c_uint) -> c_int;
    fn cdb_free(reader: *mut u64);
}

row! {
    tinycdb TINYCDB "`struct cdb_make`" "cdb_make_finish"
    {
        #[derive(Close)]
        struct Maker {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
            #[unmanaged(unsafe(release = |mut maker: Box<[u64]>| {
                let finished = status::errno(cdb_make_finish(maker.as_mut_ptr()));
                if self.failed { finished.and(Err(std::io::Error::other("an earlier write failed"))) } else { finished }
            }))]
            maker: Option<Box<[u64]>>,
            failed: bool,
        }
        impl Maker {
            fn add(&mut self, key: &[u8]) {
                let (maker, value) = (self.maker.as_mut().unwrap().as_mut_ptr(), [b'x'; 3000]);
                let added = unsafe { cdb_make_add(maker, key.as_ptr(), 2, value.as_ptr(), 3000) };
                self.failed |= added != 0;
            }
        }
    }
    |seen| {
        unsafe {
            let start = || {
                let fd = libc::open(scratch_c("cdb").as_ptr(), libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC, 0o600);
                let mut maker = vec![0; 2000].into_boxed_slice();
                assert_eq!(cdb_make_start(maker.as_mut_ptr(), fd), 0);
                let mut started = Maker { fd, maker: Some(maker), failed: false };
                for key in [b"k0", b"k1", b"k2"] {
                    started.add(key);
                }
                started
            };
            let found = |key: &[u8]| {
                let (fd, mut reader) = (libc::open(scratch_c("cdb").as_ptr(), libc::O_RDONLY), vec![0; 100]);
                let found = if cdb_init(reader.as_mut_ptr(), fd) == 0 { cdb_find(reader.as_mut_ptr(), key.as_ptr(), 2) } else { -1 };
                cdb_free(reader.as_mut_ptr());
                libc::close(fd);
                found == 1
            };
            start().close().unwrap();
            assert!(found(b"k0"));
            seen.success(0);
            let full = start();
            let fd = full.fd;
            assert_eq!(no_room(8192, || os(full.close())), libc::EFBIG);
            seen.failure(-1, "`EFBIG`, no room for the index");
            seen.order("before its descriptor, which is not its own", !is_open(fd) && !found(b"k0"));

            let mut full = start();
            no_room(8192, || [b"k3", b"k4", b"k5"].iter().for_each(|key| full.add(*key)));
            let mut maker = full.maker.take().unwrap();
            let gives = freed(|| assert_eq!(cdb_make_finish(maker.as_mut_ptr()), 0));
            seen.consumed("the memory is freed: a second call frees it again", gives > 0);
            seen.not_so("0 after a `cdb_make_add` that failed: even the records before it are not found", full.failed && !found(b"k0"));
        }
    }
}

library! {
    QDBM "QDBM" in "libqdbm.so.14";
    version text(*QDBM.symbol("dpversion").cast::<*const c_char>());
    fn dpopen(path: *const c_char, mode: c_int, buckets: c_int) -> P;
    fn dpput(depot: P, key: *const u8, key_len: c_int, value: *const u8, len: c_int, mode: c_int) -> c_int;
    fn dpvsiz(depot: P, key: *const u8, len: c_int) -> c_int;
    fn dpclose(depot: P) -> c_int;
    fn dpecodeptr() -> *mut c_int;
}

row! {
    qdbm QDBM "depot" "dpclose"
    {
        #[derive(Close)]
        struct Depot {
            #[unmanaged(unsafe(release = dpclose), check = status::one)]
            depot: P,
        }
    }
    |seen| {
        unsafe {
            let open = |mode| dpopen(scratch_c("depot").as_ptr(), mode, 10);
            let started = || {
                let depot = open(14);
                assert_eq!(dpput(depot, b"a".as_ptr(), 1, b"1".as_ptr(), 1, 0), 1);
                Depot { depot }
            };
            started().close().unwrap();
            seen.success(1);
            let depot = started();
            let big = vec![1; 50_000];
            let put = no_room(size("depot"), || dpput(depot.depot, b"b".as_ptr(), 1, big.as_ptr(), 50_000, 0));
            assert_eq!((put, opened("depot")), (0, 1));
            let status = code(depot.close());
            seen.failure(status, "an earlier `dpput` failed");
            assert_eq!(*dpecodeptr(), 1);
            seen.consumed("the descriptor is closed", opened("depot") == 0);
            let reader = open(1);
            let kept = (dpvsiz(reader, b"a".as_ptr(), 1), dpvsiz(reader, b"b".as_ptr(), 1)) == (1, -1);
            assert_eq!(dpclose(reader), 1);
            seen.loses("nothing that was put before the failure", kept);
        }
    }
}
