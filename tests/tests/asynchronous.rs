//! `AsyncDispose`: what `dispose_async` does that `dispose` does not.

use std::collections::VecDeque;
use std::future::ready;

use dispose_core::{AsyncDispose, Close, Dispose, Failures, UsingError, status, using_async};
use dispose_tests::{
    Handle, Refused, block_on, log, logged, panic_of, paths, pending_once, poll_times,
    record_reports, release, release_async, reported,
};

const AWAITED: &str = "can only be released by `dispose_async`";

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = release_async, release = release)]
    both: Option<Handle>,
    #[unmanaged(release = release)]
    sync: Option<Handle>,
    #[unmanaged(release_async = release_async)]
    only: Option<Handle>,
}

fn client() -> Client {
    Client {
        both: Some(Handle::new("both")),
        sync: Some(Handle::new("sync")),
        only: Some(Handle::new("only")),
    }
}

#[derive(Dispose, AsyncDispose)]
struct Owner {
    #[unmanaged(release = release)]
    first: Option<Handle>,
    #[dispose(async)]
    awaited: Client,
    #[dispose]
    not_awaited: Client,
    #[unmanaged(release_async = release_async)]
    last: Option<Handle>,
}

fn owner() -> Owner {
    Owner {
        first: Some(Handle::new("first")),
        awaited: client(),
        not_awaited: client(),
        last: Some(Handle::new("last")),
    }
}

#[test]
fn one_order_over_all_fields_one_release_at_a_time() {
    let mut value = client();
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(only only sync (both both");
    assert!(value.is_disposed());
    block_on(value.dispose_async()).unwrap();
    value.dispose().unwrap();
    drop(value);
    assert_eq!(logged(), "");
}

#[test]
fn only_a_part_that_says_so_is_awaited() {
    let mut value = owner();
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(logged(), "(last last", "what a synchronous attempt cannot release keeps the rest");
    assert_eq!(
        error.to_string(),
        format!("failed to dispose `Owner`: not_awaited.only: {AWAITED}")
    );
    block_on(value.not_awaited.dispose_async()).unwrap();
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(only only sync (both both (only only sync (both both first");
    assert!(value.is_disposed());
}

#[test]
fn nothing_runs_before_the_first_poll() {
    let mut value = client();
    drop(value.dispose_async());
    assert_eq!(logged(), "");
    value.only = None;
    value.dispose().unwrap();
    assert_eq!(logged(), "sync both");
}

#[test]
fn without_an_executor_an_awaited_value_is_a_failure_and_stays() {
    let mut value = client();
    let error = value.dispose().unwrap_err();
    assert_eq!(logged(), "", "and what is declared before it");
    assert_eq!(error.to_string(), format!("failed to dispose `Client`: only: {AWAITED}"));
    assert!(value.only.is_some());
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "(only only sync (both both");
}

#[test]
fn the_last_attempt_without_an_executor_says_so_once() {
    record_reports();
    let error = client().close().unwrap_err();
    assert_eq!(error.to_string(), format!("failed to dispose `Client`: only: {AWAITED}"));
    assert_eq!(reported(), [""; 0], "the caller has the error");
    drop(client());
    let report = format!("Client forgotten [failed to dispose `Client`: only: {AWAITED}]");
    assert_eq!(reported(), [report]);
    drop(owner());
    let report = format!(
        "Owner forgotten [failed to dispose `Owner`: last: {AWAITED}; not_awaited.only: {AWAITED}; \
         awaited.only: {AWAITED}]"
    );
    assert_eq!(reported(), [report]);
    assert_eq!(logged(), "sync both sync both sync both sync both first");
}

#[derive(Dispose, AsyncDispose)]
#[dispose(explicit)]
struct Explicit {
    #[unmanaged(release_async = release_async, release = release)]
    handle: Option<Handle>,
}

#[test]
fn what_the_type_says_of_drop_holds() {
    #[derive(Dispose, AsyncDispose)]
    #[dispose(on_drop = ignore)]
    struct Quiet {
        #[unmanaged(release_async = release_async)]
        handle: Option<Handle>,
    }

    record_reports();
    drop(Quiet { handle: Some(Handle::new("h")) });
    assert_eq!(reported(), ["Quiet forgotten"]);
    let explicit = || Explicit { handle: Some(Handle::failing("h")) };
    drop(explicit());
    assert_eq!(
        reported(),
        ["Explicit forgotten [failed to dispose `Explicit`: handle: h refused]"]
    );
    block_on(explicit().dispose_async()).unwrap_err();
    assert_eq!(reported(), [""; 0]);
    assert_eq!(logged(), "h (h h");
}

#[test]
fn all_errors_are_kept_in_order_with_their_paths() {
    let mut value = owner();
    value.last = Some(Handle::failing("last"));
    value.awaited.only = Some(Handle::failing("x"));
    value.awaited.both = Some(Handle::failing("y"));
    value.not_awaited.both = Some(Handle::failing("z"));
    value.not_awaited.only = None;
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Owner`: last: last refused; not_awaited.both: z refused; \
         awaited.only: x refused; awaited.both: y refused"
    );
    assert_eq!(logged(), "(last last sync z (x x sync (y y first");
    block_on(value.dispose_async()).unwrap();
}

struct Status(i32);

async fn shut(status: Status) -> i32 {
    log(format!("shut {}", status.0));
    pending_once().await;
    status.0
}

#[derive(Dispose, AsyncDispose)]
struct Conventions {
    #[unmanaged(release_async = "shut", check = status::zero)]
    checked: Option<Status>,
    #[unmanaged(release_async = |fd| ready(if fd == 7 { Err(Refused("fd")) } else { Ok(()) }), invalid = [-1, 0], on_error = keep)]
    fd: i32,
    #[unmanaged(release_async = release_async, each)]
    each: Vec<Handle>,
    #[unmanaged(release_async = release_async, each, on_error = keep)]
    kept: VecDeque<Handle>,
    #[unmanaged(release_async = async |n| log(n), each, invalid = 0)]
    valid: Vec<i32>,
}

fn conventions() -> Conventions {
    Conventions {
        checked: Some(Status(5)),
        fd: 7,
        each: vec![Handle::failing("e0"), Handle::new("e1")],
        kept: [Handle::failing("k0"), Handle::new("k1"), Handle::failing("k2")].into(),
        valid: vec![1, 0, 2],
    }
}

#[test]
fn check_invalid_each_and_keep_are_as_without_async() {
    let mut value = conventions();
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Conventions`: kept[2]: k2 refused; kept[0]: k0 refused"
    );
    assert_eq!(logged(), "2 1 (k2 k2 (k1 k1 (k0 k0");
    assert_eq!(value.kept, [Handle::failing("k0"), Handle::failing("k2")]);
    value.kept.iter_mut().for_each(|handle| *handle = Handle::new("again"));
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Conventions`: each[0]: e0 refused; fd: fd refused"
    );
    assert_eq!(logged(), "(again again (again again (e1 e1 (e0 e0");
    assert_eq!(value.fd, 7);
    value.fd = 8;
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Conventions`: checked: status 5");
    assert_eq!((logged().as_str(), value.fd), ("shut 5", -1));
    assert!(value.is_disposed());
}

#[test]
fn without_an_executor_every_form_stays_or_is_given_up() {
    record_reports();
    let mut value = conventions();
    let error = value.dispose().unwrap_err();
    assert_eq!(paths(&error), ["valid"], "what stays keeps what is declared before it");
    assert_eq!((value.fd, value.each.len(), value.kept.len(), value.valid.len()), (7, 2, 3, 3));
    drop(value);
    assert_eq!(reported().len(), 1);
    let empty = Conventions {
        checked: None,
        fd: 0,
        each: Vec::new(),
        kept: VecDeque::new(),
        valid: vec![0, 0],
    };
    assert!(empty.is_disposed());
    drop(empty);
    assert_eq!(reported(), [""; 0]);
    assert_eq!(logged(), "");
}

#[test]
fn closures_of_all_forms_reach_the_other_fields_and_see_their_own_empty() {
    struct Pool(usize);

    impl Pool {
        async fn give_back(&mut self, handle: Handle) -> Result<(), Refused> {
            self.0 += 1;
            log(self.0);
            release_async(handle).await
        }
    }

    #[derive(Dispose, AsyncDispose)]
    struct Pooled {
        #[unmanaged(release_async = async |handle| { log(self.a.is_none()); self.pool.give_back(handle).await })]
        a: Option<Handle>,
        #[unmanaged(release_async = |handle| async move { log(self.b.is_none()); self.pool.give_back(handle).await })]
        b: Option<Handle>,
        #[unmanaged(release_async = |handle| self.pool.give_back(handle), check = |done| { self.pool.0 += 10; done })]
        c: Option<Handle>,
        #[unmanaged(release_async = async move |handle| { log(self.d.is_none()); self.pool.give_back(handle).await }, release = |_| log(self.pool.0))]
        d: Option<Handle>,
        pool: Pool,
    }

    let handle = |name| Some(Handle::new(name));
    let pooled =
        || Pooled { a: handle("a"), b: handle("b"), c: handle("c"), d: handle("d"), pool: Pool(0) };
    let mut value = pooled();
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "true 1 (d d 2 (c c true 13 (b b true 14 (a a");
    let mut value = pooled();
    value.dispose().unwrap_err();
    assert_eq!(logged(), "0");
}

#[derive(Dispose, AsyncDispose)]
enum Variants<T: AsyncDispose> {
    Named {
        #[unmanaged(release_async = |handle| async move { *count += 1; log(&count); release_async(handle).await })]
        handle: Option<Handle>,
        #[unmanaged(release_async = async |handle| log(format!("{count} {handle:?}")))]
        number: Option<u8>,
        count: usize,
    },
    Tuple(#[dispose(async)] T, #[unmanaged(unsafe(release_async = leave))] Option<u8>),
    Empty,
}

/// # Safety
///
/// None is needed.
async unsafe fn leave(number: u8) {
    log(format!("leave {number}"));
    pending_once().await;
}

#[test]
fn variants_generics_and_unsafe() {
    let mut value: Variants<Client> =
        Variants::Named { handle: Some(Handle::new("h")), number: Some(7), count: 1 };
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "1 7 2 (h h");
    let mut value = Variants::Tuple(client(), Some(3));
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "leave 3 (only only sync (both both");
    block_on(Variants::<Client>::Empty.dispose_async()).unwrap();
}

#[test]
fn containers_are_awaited_last_element_first() {
    #[derive(Dispose, AsyncDispose)]
    struct Containers {
        #[dispose(async)]
        option: Option<Client>,
        #[dispose(async)]
        vec: Vec<Client>,
        #[dispose(async)]
        array: [Client; 2],
        #[dispose(async)]
        boxed: Box<[Client]>,
        #[dispose(async)]
        tuple: (Client, Option<Client>),
    }

    fn failing(name: &'static str) -> Client {
        Client { both: Some(Handle::failing(name)), sync: None, only: None }
    }
    let mut value = Containers {
        option: Some(failing("o")),
        vec: vec![failing("v0"), failing("v1")],
        array: [failing("a0"), failing("a1")],
        boxed: Box::new([failing("b0"), failing("b1")]),
        tuple: (failing("t0"), Some(failing("t1"))),
    };
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Containers`: tuple.1.both: t1 refused; tuple.0.both: t0 refused; \
         boxed[1].both: b1 refused; boxed[0].both: b0 refused; array[1].both: a1 refused; array[0].both: a0 refused; \
         vec[1].both: v1 refused; vec[0].both: v0 refused; option.both: o refused"
    );
    assert_eq!(logged(), "(t1 t1 (t0 t0 (b1 b1 (b0 b0 (a1 a1 (a0 a0 (v1 v1 (v0 v0 (o o");
}

#[test]
fn a_hand_written_impl_has_what_the_derive_has() {
    struct ByHand(Client, Client);

    impl AsyncDispose for ByHand {
        async fn release_all_async(&mut self, failures: &mut Failures) {
            failures.nest_async("second", &mut self.1).await;
            failures.nest("first", &mut self.0);
        }
    }

    impl Dispose for ByHand {
        fn release_all(&mut self, failures: &mut Failures) {
            failures.nest("second", &mut self.1);
            failures.nest("first", &mut self.0);
        }
        fn is_disposed(&self) -> bool {
            self.0.is_disposed() && self.1.is_disposed()
        }
    }

    let error = block_on(ByHand(client(), client()).dispose_async()).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to dispose `ByHand`: first.only: {AWAITED}"));
    assert_eq!(logged(), "(only only sync (both both sync both");
}

#[test]
fn before_runs_once_before_the_first_future_and_again_in_the_next_attempt() {
    #[derive(Dispose, AsyncDispose)]
    #[dispose(before = Self::flush)]
    struct Flushed {
        #[unmanaged(release_async = release_async, release = release)]
        a: Option<Handle>,
        #[unmanaged(release_async = release_async, release = release)]
        b: Option<Handle>,
    }

    impl Flushed {
        fn flush(&mut self) -> Result<(), Refused> {
            log("flush");
            self.a.map_or(
                Ok(()),
                |handle| if handle.0 == "!" { Err(Refused("flush")) } else { Ok(()) },
            )
        }
    }

    record_reports();
    let mut value = Flushed { a: Some(Handle::new("!")), b: Some(Handle::new("b")) };
    let error = block_on(value.dispose_async()).unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Flushed`: before: flush refused");
    assert_eq!(logged(), "flush (b b (! !");
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "", "nothing is held any more");
    let mut value = Flushed { a: Some(Handle::new("a")), b: Some(Handle::new("b")) };
    assert!(poll_times(value.dispose_async(), 1).is_none());
    drop(value);
    assert_eq!(logged(), "flush (b flush a");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn what_a_cancelled_disposal_has_recorded_goes_to_the_hook() {
    record_reports();
    let mut value = owner();
    value.not_awaited.only = None;
    value.awaited.only = Some(Handle::failing("x"));
    assert!(poll_times(value.dispose_async(), 3).is_none());
    assert_eq!(logged(), "(last last sync both (x x sync (both");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: awaited.only: x refused]"]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "first");
}

#[test]
fn the_body_of_using_async_is_followed_by_the_disposal() {
    let result = block_on(using_async(client(), async |client| {
        log(client.only.is_some());
        pending_once().await;
        Ok::<_, Refused>(12)
    }));
    assert!(matches!(result, Ok(12)));
    assert_eq!(logged(), "true (only only sync (both both");

    let result = block_on(using_async(client(), async |_| Err::<(), _>(Refused("body"))));
    assert!(matches!(result, Err(UsingError::Body(Refused("body")))));
    assert_eq!(logged(), "(only only sync (both both");

    let failing = || Client { both: Some(Handle::failing("b")), sync: None, only: None };
    let result = block_on(using_async(failing(), async |_| Ok::<_, Refused>(1)));
    assert!(matches!(result, Err(UsingError::Dispose(error)) if error.len() == 1));
    let result = block_on(using_async(failing(), async |_| Err::<(), _>(Refused("body"))));
    assert!(
        matches!(result, Err(UsingError::Both { body: Refused("body"), dispose }) if dispose.len() == 1)
    );
    assert_eq!(logged(), "(b b (b b");
}

#[test]
fn using_async_is_the_last_attempt() {
    record_reports();
    let result = block_on(using_async(conventions(), async |_| Ok::<_, Refused>(())));
    let Err(UsingError::Dispose(error)) = result else { panic!("it failed") };
    assert_eq!(error.len(), 5);
    assert_eq!(logged(), "2 1 (k2 k2 (k1 k1 (k0 k0 (e1 e1 (e0 e0 shut 5", "each is tried once");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn using_async_leaves_nothing_when_it_is_dropped_or_panics() {
    record_reports();
    let report = || format!("Client forgotten [failed to dispose `Client`: only: {AWAITED}]");
    let endless = || {
        using_async(client(), async |_| -> Result<(), Refused> {
            loop {
                pending_once().await;
            }
        })
    };
    assert!(poll_times(endless(), 0).is_none());
    assert_eq!((logged().as_str(), reported()), ("sync both", vec![report()]));
    assert!(poll_times(endless(), 3).is_none());
    assert_eq!((logged().as_str(), reported()), ("sync both", vec![report()]));

    let panicking = using_async(client(), async |_| -> Result<(), Refused> { panic!("body") });
    assert_eq!(panic_of(|| block_on(panicking)).as_deref(), Some("body"));
    assert_eq!((logged().as_str(), reported()), ("sync both", vec![report()]));

    let in_disposal = using_async(client(), async |_| Ok::<_, Refused>(()));
    assert!(poll_times(in_disposal, 1).is_none());
    assert_eq!((logged().as_str(), reported()), ("(only sync both", vec![]));

    let explicit = using_async(
        Explicit { handle: Some(Handle::new("h")) },
        async |_| -> Result<(), Refused> { panic!("body") },
    );
    assert!(panic_of(|| block_on(explicit)).is_some());
    assert_eq!(reported(), [""; 0], "it was not forgotten");
    assert_eq!(logged(), "h");
}

#[test]
fn the_futures_are_send_if_their_parts_are() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    block_on(is_send(client().dispose_async())).unwrap();
    block_on(is_send(conventions().dispose_async())).unwrap_err();
    block_on(is_send((client(), conventions(), client()).dispose_async())).unwrap_err();
    block_on(is_send(Variants::<Client>::Empty.dispose_async())).unwrap();
    block_on(is_send(using_async(client(), async |client| {
        pending_once().await;
        client.only = None;
        Ok::<_, Refused>(())
    })))
    .unwrap();
    let (client, conventions) = ("(only only sync (both both", "2 1 (k2 k2 (k1 k1 (k0 k0");
    // The conventions of the tuple are kept, and so is the client before them, until `Drop`.
    assert_eq!(
        logged(),
        format!("{client} {conventions} {client} {conventions} sync both sync (both both")
    );
}

#[test]
fn what_stays_through_a_panic_is_said_once_and_not_forgotten() {
    #[derive(Dispose, AsyncDispose)]
    struct PanicsWithoutExecutor {
        #[unmanaged(release_async = release_async)]
        only: Option<Handle>,
        #[unmanaged(release = release)]
        sync: Option<Handle>,
    }

    record_reports();
    let mut value = PanicsWithoutExecutor {
        sync: Some(Handle::panicking("p")),
        only: Some(Handle::new("only")),
    };
    assert_eq!(panic_of(|| value.dispose()).as_deref(), Some("p panicked"));
    let report = format!(
        "PanicsWithoutExecutor [failed to dispose `PanicsWithoutExecutor`: only: {AWAITED}]"
    );
    assert_eq!(reported(), [report]);
    block_on(value.dispose_async()).unwrap();
    assert_eq!(logged(), "p (only only");
}

#[test]
fn a_release_may_be_checked_beside_an_awaited_result() {
    fn close(fd: i32) -> i32 {
        log(fd);
        fd
    }

    async fn goodbye(_: i32) -> Result<(), Refused> {
        pending_once().await;
        Err(Refused("goodbye"))
    }

    #[derive(Dispose, AsyncDispose)]
    struct Pair {
        #[unmanaged(release_async = goodbye, release = |fd| status::zero(close(fd)))]
        fd: Option<i32>,
    }

    let error = block_on(Pair { fd: Some(1) }.dispose_async()).unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Pair`: fd: goodbye refused");
    let error = Pair { fd: Some(1) }.dispose().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Pair`: fd: status 1");
    assert_eq!(logged(), "1");
}
