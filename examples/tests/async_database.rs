//! The guarantees of `examples/async_database.rs`, as the server sees them.
#![cfg(target_os = "linux")]

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use dispose_core::{AsyncDispose, Dispose, set_drop_hook};
use dispose_examples::{descriptors, in_own_process, program, wait_for};
use tokio::time::timeout;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/async_database.rs"]
mod async_database;
// The witness is a synchronous one.
#[allow(dead_code, reason = "a part of it is used")]
#[path = "../examples/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "a part of it is used")]
mod server;

use async_database::Session;
use server::Server;

/// The server's line when a client hangs up without a goodbye.
const HUNG_UP: &str = "unexpected EOF on client connection with an open transaction";

fn block_on<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Returns the number of sessions that the server has, beside this one.
fn sessions(server: &Server) -> u32 {
    let witness = postgres::Session::open(&server.target(), &[]).unwrap();
    let others = "SELECT count(*) FROM pg_stat_activity \
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    witness.value(others).unwrap().parse().unwrap()
}

fn wait_for_none(server: &Server) {
    wait_for(|| (sessions(server) == 0).then_some(()));
}

#[test]
fn awaited_it_says_goodbye_and_dropped_it_hangs_up() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    if !in_own_process("awaited_it_says_goodbye_and_dropped_it_hangs_up") {
        return;
    }
    let name = "awaited_it_says_goodbye_and_dropped_it_hangs_up";
    let Some(server) = Server::start(name) else { return };
    wait_for_none(&server);
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    let before = descriptors();

    // With a transaction open, the server distinguishes a goodbye from a connection that breaks off.
    block_on(async {
        let mut session = Session::open(&server.target()).await.unwrap();
        session.ask("BEGIN").await.unwrap();
        session.at_the_end("SELECT 1").unwrap();
        assert_eq!(sessions(&server), 1);
        session.dispose_async().await.unwrap();
        assert!(session.is_disposed());
        session.dispose_async().await.unwrap();
        assert!(session.ask("SELECT 1").await.is_err());
        assert!(session.at_the_end("SELECT 1").is_err());
    });
    wait_for_none(&server);
    assert_eq!(descriptors(), before);
    assert!(!server.log().contains(HUNG_UP), "{}", server.log());
    assert_eq!(*REPORTS.lock().unwrap(), [""; 0]);

    block_on(async {
        let mut session = Session::open(&server.target()).await.unwrap();
        session.ask("BEGIN").await.unwrap();
        session.at_the_end("SELECT 1").unwrap();
        drop(session);
    });
    wait_for_none(&server);
    assert_eq!(descriptors(), before);
    wait_for(|| server.log().contains(HUNG_UP).then_some(()));
    let report = "`Session` was dropped without being disposed, and failed to dispose `Session`: \
        farewells: can only be released by `dispose_async`";
    assert_eq!(*REPORTS.lock().unwrap(), [report]);
}

#[test]
fn cancelled_half_way_the_rest_is_dropped_and_the_server_notices() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let name = "cancelled_half_way_the_rest_is_dropped_and_the_server_notices";
    if !in_own_process(name) {
        return;
    }
    let Some(server) = Server::start(name) else { return };
    wait_for_none(&server);
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    let before = descriptors();
    block_on(async {
        let mut session = Session::open(&server.target()).await.unwrap();
        session.ask("SET client_connection_check_interval = 50").await.unwrap();
        session.at_the_end("SELECT 1").unwrap();
        session.at_the_end("SELECT pg_sleep(600)").unwrap();
        session.at_the_end("CREATE TABLE said (word text)").unwrap();
        let patience = Duration::from_millis(500);
        timeout(patience, session.dispose_async()).await.unwrap_err();
        assert!(!session.is_disposed());
    });
    // The first farewell was sent. The one in flight counts as sent. The last was not.
    let report = "`Session` was dropped without being disposed, and failed to dispose `Session`: \
        farewells: can only be released by `dispose_async`";
    assert_eq!(*REPORTS.lock().unwrap(), [report]);
    assert_eq!(descriptors(), before);
    wait_for_none(&server);
    let witness = postgres::Session::open(&server.target(), &[]).unwrap();
    assert_eq!(witness.value("SELECT count(*) FROM pg_class WHERE relname = 'said'").unwrap(), "1");
}

#[test]
fn a_server_that_has_gone_is_in_the_error() {
    if !in_own_process("a_server_that_has_gone_is_in_the_error") {
        return;
    }
    let Some(mut server) = Server::start("a_server_that_has_gone_is_in_the_error") else { return };
    let before = descriptors();
    block_on(async {
        let mut session = Session::open(&server.target()).await.unwrap();
        session.at_the_end("SELECT 1").unwrap();
        session.at_the_end("SELECT 2").unwrap();
        server.crash();
        let error = session.dispose_async().await.unwrap_err();
        let paths: Vec<_> = error.failures().map(|failure| failure.path().to_owned()).collect();
        assert_eq!(paths, ["farewells[1]", "farewells[0]", "connection"], "{error}");
        session.dispose_async().await.unwrap();
    });
    assert_eq!(descriptors(), before);
}

#[test]
fn the_program_prints_the_order() {
    let Some(server) = Server::start("the_program_prints_the_order") else { return };
    let output = program("async_database").arg(server.target()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).unwrap();
    let (first, second) = output.split_once("\n\n").unwrap();
    assert!(
        first.starts_with(
            "awaited to its end:\n  DISCARD TEMP\n  SELECT pg_advisory_unlock_all()\n"
        )
    );
    assert_eq!(
        second,
        "cancelled half-way:
  SELECT pg_sleep(30)
  no patience; what is left is dropped
  drop hook: `Session` was dropped without being disposed, and failed to dispose `Session`: \
farewells: can only be released by `dispose_async`
"
    );
}
