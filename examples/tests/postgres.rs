//! The guarantees of `examples/postgres.rs`, against a real server.
#![cfg(target_os = "linux")]

use std::sync::Mutex;

use dispose_core::{Close, Dispose, set_drop_hook};
use dispose_examples::{descriptors, in_own_process, limit, program, wait_for};

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "a part of it is used")]
mod server;

use postgres::{Error, Libpq, Session};
use server::Server;

/// A second session, which queries what the server holds for the others.
struct Witness(Session);

/// The sessions of others, locks and prepared transactions that the server holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    sessions: u32,
    locks: u32,
    prepared: u32,
}

const NOTHING: Seen = Seen { sessions: 0, locks: 0, prepared: 0 };

impl Witness {
    fn of(server: &Server) -> Self {
        let new = Self(Session::open(&server.target(), &[]).unwrap());
        // Earlier sessions may still be ending.
        new.expect(NOTHING);
        new
    }

    fn count(&self, of: &str) -> u32 {
        self.0.value(&format!("SELECT count(*) FROM {of}")).unwrap().parse().unwrap()
    }

    fn seen(&self) -> Seen {
        Seen {
            sessions: self.count(
                "pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            ),
            locks: self.count("pg_locks WHERE locktype = 'advisory'"),
            prepared: self.count("pg_prepared_xacts"),
        }
    }

    /// The server ends a session when it has read that the other side has, so that is waited for.
    fn expect(&self, expected: Seen) {
        wait_for(|| (self.seen().sessions == expected.sessions).then_some(()));
        assert_eq!(self.seen(), expected);
    }

    /// Makes the server end the session.
    fn terminate(&self, process: &str) {
        self.0.execute(&format!("SELECT pg_terminate_backend({process}, 60000)")).unwrap();
    }
}

const CREATE: &str = "CREATE TABLE visit (id integer)";

fn opened(server: &Server) -> Session {
    let mut session = Session::open(&server.target(), &[1, 2]).unwrap();
    session.prepare("it's", CREATE).unwrap();
    session
}

fn process(session: &Session) -> String {
    session.value("SELECT pg_backend_pid()").unwrap()
}

#[test]
fn the_server_sees_everything_go() {
    if !in_own_process("the_server_sees_everything_go") {
        return;
    }
    let Some(server) = Server::start("the_server_sees_everything_go") else { return };
    let witness = Witness::of(&server);
    let before = descriptors();
    let end: [fn(Session); 3] = [
        |mut session| {
            session.dispose().unwrap();
            assert!(session.is_disposed());
            session.dispose().unwrap();
        },
        |session| session.close().unwrap(),
        drop,
    ];
    for end in end {
        let session = opened(&server);
        witness.expect(Seen { sessions: 1, locks: 2, prepared: 1 });
        assert_eq!(descriptors(), before + 1);
        end(session);
        assert_eq!(descriptors(), before);
        witness.expect(NOTHING);
    }
    // What was rolled back has not happened.
    assert_eq!(witness.count("pg_class WHERE relname = 'visit'"), 0);
}

#[test]
fn what_was_committed_is_not_rolled_back() {
    if !in_own_process("what_was_committed_is_not_rolled_back") {
        return;
    }
    let Some(server) = Server::start("what_was_committed_is_not_rolled_back") else { return };
    let witness = Witness::of(&server);
    let mut session = opened(&server);
    session.commit().unwrap();
    session.dispose().unwrap();
    witness.expect(NOTHING);
    assert_eq!(witness.count("pg_class WHERE relname = 'visit'"), 1);

    // In the middle of another transaction too, what is prepared is rolled back.
    let mut session = Session::open(&server.target(), &[]).unwrap();
    session.prepare("second", "INSERT INTO visit VALUES (1)").unwrap();
    session.execute("BEGIN").unwrap();
    session.execute("INSERT INTO visit VALUES (2)").unwrap();
    session.dispose().unwrap();
    witness.expect(NOTHING);
    assert_eq!(witness.count("visit"), 0);
}

#[test]
fn a_disposed_session_refuses_instead_of_reaching_the_server() {
    if !in_own_process("a_disposed_session_refuses_instead_of_reaching_the_server") {
        return;
    }
    let name = "a_disposed_session_refuses_instead_of_reaching_the_server";
    let Some(server) = Server::start(name) else { return };
    let mut session = Session::open(&server.target(), &[]).unwrap();
    let rows = session.execute("SELECT 'kept', NULL").unwrap();
    session.dispose().unwrap();
    let errors = [
        session.execute("SELECT 1").err(),
        session.value("SELECT 1").err(),
        session.prepare("none", CREATE).err(),
    ];
    for error in errors {
        assert_eq!(error.unwrap().message, "`Session` has been disposed");
    }
    session.commit().unwrap(); // there is nothing to commit

    // Results are their own.
    assert_eq!(rows.get(0, 0).unwrap(), "kept");
    assert_eq!(
        [rows.get(0, 1), rows.get(0, 2), rows.get(1, 0), rows.get(-1, 0)],
        [const { None }; 4]
    );
    rows.close().unwrap();
}

#[test]
fn results_are_cleared() {
    if !in_own_process("results_are_cleared") {
        return;
    }
    let Some(server) = Server::start("results_are_cleared") else { return };
    let session = Session::open(&server.target(), &[]).unwrap();
    // Two of these would not fit.
    limit(libc::RLIMIT_AS, address_space() + (96 << 20));
    let large = || session.execute("SELECT repeat('x', 50 << 20)");
    let rows = large().unwrap();
    let error = large().err().unwrap();
    assert!(error.message.contains("out of memory"), "{error}");
    drop(rows);
    for _ in 0..3 {
        large().unwrap().close().unwrap();
    }
}

/// Returns the size of this process's mappings, in bytes.
fn address_space() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn a_server_that_has_gone_is_reported_and_everything_released_once() {
    let name = "a_server_that_has_gone_is_reported_and_everything_released_once";
    if !in_own_process(name) {
        return;
    }
    let Some(mut server) = Server::start(name) else { return };
    let before = descriptors();
    let mut session = opened(&server);
    assert_eq!(descriptors(), before + 1);
    server.crash();
    let error = session.dispose().unwrap_err();
    let paths: Vec<_> = error.failures().map(|failure| failure.path().to_owned()).collect();
    assert_eq!(paths, ["before", "locks[1]", "locks[0]"]);
    let first = error.downcast_ref::<Error>().unwrap();
    assert!(first.message.contains("terminat"), "{first}");
    assert!(session.is_disposed());
    assert_eq!(descriptors(), before, "the connection is finished all the same");
    session.dispose().unwrap();
    drop(session);
    assert_eq!(descriptors(), before);

    // The error was right: the transaction has outlived session and server.
    server.restart();
    let session = Session::open(&server.target(), &[1, 2]).unwrap();
    assert_eq!(session.value("SELECT gid FROM pg_prepared_xacts").unwrap(), "it's");
    session.execute("ROLLBACK PREPARED 'it''s'").unwrap();
    session.close().unwrap();
    assert_eq!(descriptors(), before);
}

#[test]
fn a_drop_after_the_server_has_ended_the_session_reports_to_the_hook() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let name = "a_drop_after_the_server_has_ended_the_session_reports_to_the_hook";
    if !in_own_process(name) {
        return;
    }
    let Some(server) = Server::start(name) else { return };
    let witness = Witness::of(&server);
    let before = descriptors();
    let session = opened(&server);
    witness.terminate(&process(&session));
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    drop(session);
    let reports = REPORTS.lock().unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    // In the server's words or in libpq's, whichever comes first.
    assert!(reports[0].starts_with("failed to dispose `Session`: before: "), "{reports:?}");
    assert!(reports[0].contains("terminat"), "{reports:?}");
    assert_eq!(descriptors(), before);
    witness.expect(Seen { prepared: 1, ..NOTHING });
}

#[test]
fn a_session_that_fails_half_way_leaves_nothing_behind() {
    let name = "a_session_that_fails_half_way_leaves_nothing_behind";
    if !in_own_process(name) {
        return;
    }
    let Some(server) = Server::start(name) else { return };
    let witness = Witness::of(&server);
    let refused = |target: &str, locks: &[i64], message: &str| {
        let before = (descriptors(), witness.seen());
        let error = Session::open(target, locks).err().unwrap();
        assert!(error.message.contains(message), "{error}");
        assert_eq!(descriptors(), before.0);
        witness.expect(before.1);
    };
    // A report of the fallback would say that something else than the construction failed.
    set_drop_hook(Some(|report| panic!("{report}")));

    refused("nonsense", &[], "missing \"=\" after \"nonsense\"");
    refused("host=/nonexistent", &[], "No such file or directory");
    refused(&server.target_without_password(), &[], "no password supplied");
    let wrong = format!("{} password=wrong", server.target_without_password());
    refused(&wrong, &[], "password authentication failed for user \"dispose\"");
    let error = Session::open("nul\0", &[]).err().unwrap();
    assert!(error.message.contains("nul byte"), "{error}");

    // The last of three locks is taken: the other two are free again, and that one still taken.
    let other = Session::open(&server.target(), &[3]).unwrap();
    witness.expect(Seen { sessions: 1, locks: 1, prepared: 0 });
    refused(&server.target(), &[1, 2, 3], "lock 3 is taken");
    other.close().unwrap();
    let all = Session::open(&server.target(), &[1, 2, 3]).unwrap();
    all.close().unwrap();
    witness.expect(NOTHING);

    // No descriptor left for the connection, or for one of the files that libpq looks at.
    let before = descriptors();
    let mut failed = 0;
    for limited in 3.. {
        limit(libc::RLIMIT_NOFILE, limited);
        let session = Session::open(&server.target(), &[1]);
        limit(libc::RLIMIT_NOFILE, u64::MAX);
        match session {
            Ok(session) => {
                session.close().unwrap();
                break;
            }
            Err(error) => assert!(error.message.contains("Too many open files"), "{error}"),
        }
        failed += 1;
        assert_eq!(descriptors(), before);
    }
    assert!(failed > 0);
    witness.expect(NOTHING);
    set_drop_hook(None);
}

#[test]
fn a_transaction_that_cannot_be_prepared_is_rolled_back_and_nothing_else() {
    let name = "a_transaction_that_cannot_be_prepared_is_rolled_back_and_nothing_else";
    if !in_own_process(name) {
        return;
    }
    let Some(server) = Server::start(name) else { return };
    let witness = Witness::of(&server);
    let other = opened(&server);
    let mut session = Session::open(&server.target(), &[3]).unwrap();
    let all = Seen { sessions: 2, locks: 3, prepared: 1 };
    witness.expect(all);
    let mut fails = |id: &str, sql: &str, state: &str| {
        let error = session.prepare(id, sql).unwrap_err();
        assert_eq!(error.state, state, "{error}");
        witness.expect(all);
        // Out of the transaction, and all there.
        assert_eq!(session.value("SELECT pg_current_xact_id_if_assigned() IS NULL").unwrap(), "t");
    };
    fails("second", "CREATE TABLE", "42601");
    fails("second", "INSERT INTO nowhere VALUES (1)", "42P01");
    fails("it's", "CREATE TABLE second (id integer)", "42710"); // the name is taken
    fails(&"x".repeat(200), "CREATE TABLE second (id integer)", "22023"); // it is too long
    fails("second", "CREATE TEMPORARY TABLE second (id integer)", "0A000");
    // A table of its own: one of the same name would wait for the other transaction's end.
    let own = "CREATE TABLE second (id integer)";
    assert!(session.prepare("nul\0", own).is_ok(), "libpq's quoting ends at a nul byte");
    let error = session.prepare("third", own).unwrap_err();
    assert_eq!(error.message, "a transaction is prepared already");
    session.dispose().unwrap();
    witness.expect(Seen { sessions: 1, locks: 2, prepared: 1 });

    // The server ends the session in the middle of it.
    let mut session = Session::open(&server.target(), &[3]).unwrap();
    let before = descriptors();
    let error =
        session.prepare("second", "SELECT pg_terminate_backend(pg_backend_pid())").unwrap_err();
    assert!(error.message.contains("terminat"), "{error}");
    witness.expect(Seen { sessions: 1, locks: 2, prepared: 1 });
    let error = session.dispose().unwrap_err();
    assert_eq!(error.first().path(), "locks[0]");
    assert_eq!(error.len(), 1, "nothing is prepared, so `before` has nothing to do: {error}");
    assert_eq!(descriptors(), before - 1);

    other.close().unwrap();
    witness.expect(NOTHING);
}

#[test]
fn a_library_that_is_missing_or_another_is_reported() {
    let error = Libpq::load("libpq-of-nobody.so.5").err().unwrap().to_string();
    assert!(error.starts_with("libpq cannot be loaded: "), "{error}");
    assert!(error.contains("libpq-of-nobody.so.5: cannot open"), "{error}");
    let error = Libpq::load("libc.so.6").err().unwrap().to_string();
    assert!(error.contains("PQ"), "{error}");
}

#[test]
fn the_program_prints_the_order() {
    let Some(server) = Server::start("the_program_prints_the_order") else { return };
    let output = program("postgres").arg(server.target()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).unwrap();
    // The server's last words may be read first.
    let output = output.replace(
        "FATAL:  terminating connection due to administrator command",
        "server closed the connection unexpectedly",
    );
    let (first, rest) = output.split_once('\n').unwrap();
    assert!(first.starts_with("connected to PostgreSQL "), "{first}");
    assert_eq!(
        rest,
        "
dispose() with a transaction prepared:
  prepared on the server: 1
  ROLLBACK PREPARED 'dispose'
  pg_advisory_unlock 2
  pg_advisory_unlock 1
  PQfinish
  prepared on the server: 0
  used afterwards: `Session` has been disposed

dispose() after the server has ended the session:
  PQfinish
  before: server closed the connection unexpectedly
  locks[1]: no connection to the server
  locks[0]: no connection to the server
  prepared on the server: 1

and the other session:
  PQfinish
"
    );
    Witness::of(&server).expect(NOTHING);
}

#[test]
fn the_program_says_that_no_server_can_be_reached() {
    if let Err(error) = Libpq::get() {
        return dispose_examples::skipped(
            "the_program_says_that_no_server_can_be_reached",
            &error.to_string(),
        );
    }
    let output = program("postgres").arg("host=/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("postgres: connection to server"), "{said}");
    assert!(said.contains("Is the server running"), "{said}");
}
