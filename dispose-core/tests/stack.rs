//! `DisposeStack`

#![cfg(all(feature = "derive", feature = "std"))]

mod support;

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Close, Dispose, DisposeError, DisposeStack, StatusError, status};

use crate::support::reports;

#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl Log {
    fn add(&self, entry: impl ToString + Copy) {
        self.0.borrow_mut().push(entry.to_string());
    }
    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

#[derive(Dispose)]
struct File<'a> {
    log: &'a Log,
    #[unmanaged(release = |fd| { self.log.add(fd); if fd < 0 { Err(io::Error::other("broken")) } else { Ok(()) } })]
    fd: Option<i32>,
}

#[derive(Close)]
struct Port<'a> {
    log: &'a Log,
    #[unmanaged(release = |number| { self.log.add(number); number }, check = status::zero, always)]
    number: u16,
}

#[test]
fn everything_in_reverse_order() {
    let log = Log::default();
    let mut stack = DisposeStack::new();
    assert!(stack.is_empty() && stack.is_disposed());
    stack.push(File { log: &log, fd: Some(1) });
    stack.push(Port { log: &log, number: 0 });
    stack.adopt("adopted", |text| log.add(text));
    stack.defer(|| log.add("deferred"));
    stack.push(vec![File { log: &log, fd: Some(2) }, File { log: &log, fd: Some(3) }]);
    stack.push((File { log: &log, fd: None }, Some(File { log: &log, fd: Some(4) })));
    assert_eq!(stack.len(), 6);
    assert!(stack.ensure_live().is_ok());
    assert!(log.take().is_empty());
    stack.dispose().unwrap();
    assert_eq!(log.take(), ["4", "3", "2", "deferred", "adopted", "0", "1"]);
    assert!(stack.is_empty() && stack.is_disposed());
    stack.dispose().unwrap();
    assert!(log.take().is_empty());

    stack.push(File { log: &log, fd: Some(5) });
    drop(stack);
    assert_eq!(log.take(), ["5"], "it can be used again");
}

#[test]
fn all_errors_are_kept_with_their_position() {
    #[derive(Dispose)]
    struct Session<'a> {
        #[dispose]
        file: File<'a>,
    }

    reports();
    let log = Log::default();
    let mut stack = DisposeStack::new();
    stack.push(File { log: &log, fd: Some(-1) });
    stack.push(Port { log: &log, number: 7 });
    stack.adopt(3, status::zero);
    stack.defer(|| Err(io::Error::other("late")));
    stack.push(Session { file: File { log: &log, fd: Some(-2) } });
    stack.push(vec![File { log: &log, fd: Some(1) }, File { log: &log, fd: Some(-3) }]);
    stack.defer(|| log.add("first"));
    let error = stack.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `DisposeStack`: [5][1].fd: broken; [4].file.fd: broken; [3]: late; \
         [2]: status 3; [1].number: status 7; [0].fd: broken"
    );
    assert_eq!(error.downcast_ref::<StatusError>().unwrap().code(), 3);
    assert_eq!(log.take(), ["first", "-3", "1", "-2", "7", "-1"]);
    assert!(stack.is_empty());
    drop(stack);
    assert!(reports().is_empty());

    let mut stack = DisposeStack::new();
    stack.defer(|| ());
    stack.push(File { log: &log, fd: Some(-1) });
    stack.adopt(3, status::zero);
    drop(stack);
    assert_eq!(
        reports(),
        ["failed to dispose `File`: fd: broken", "failed to dispose `DisposeStack`: [2]: status 3"],
        "what was pushed is dropped, and reports itself"
    );
}

#[test]
fn taken_is_committed() {
    let log = Log::default();
    let mut stack = DisposeStack::new();
    stack.defer(|| log.add("a"));
    stack.defer(|| log.add("b"));
    let mut kept = stack.take();
    assert_eq!((stack.len(), kept.len()), (0, 2));
    stack.defer(|| log.add("c"));
    drop(stack);
    assert_eq!(log.take(), ["c"]);
    kept.defer(|| Err(io::Error::other("late")));
    assert_eq!(kept.dispose().unwrap_err().first().path(), "[2]");
    assert_eq!(log.take(), ["b", "a"]);
}

#[test]
fn all_or_nothing() {
    fn open<'a>(log: &'a Log, numbers: &[i32]) -> Result<DisposeStack<'a>, String> {
        let mut stack = DisposeStack::new();
        for &number in numbers {
            if number > 9 {
                return Err(format!("{number} is taken"));
            }
            stack.push(File { log, fd: Some(number) });
        }
        Ok(stack.take())
    }

    let log = Log::default();
    assert_eq!(open(&log, &[1, 2, 3, 10, 4]).unwrap_err(), "10 is taken");
    assert_eq!(log.take(), ["3", "2", "1"]);
    let all = open(&log, &[1, 2, 3]).unwrap();
    assert!(log.take().is_empty());
    all.close().unwrap();
    assert_eq!(log.take(), ["3", "2", "1"]);
}

#[test]
fn a_panic_in_an_entry_releases_the_others() {
    reports();
    let log = Log::default();
    let fill = || {
        let mut stack = DisposeStack::new();
        stack.push(File { log: &log, fd: Some(1) });
        stack.push(File { log: &log, fd: Some(-2) });
        stack.adopt(Cell::new(3), |_| -> () { panic!("in an entry") });
        stack.push(File { log: &log, fd: Some(-4) });
        stack
    };
    let failures = "failed to dispose `DisposeStack`: [3].fd: broken; [1].fd: broken";

    let mut stack = fill();
    let panic = catch_unwind(AssertUnwindSafe(|| stack.dispose())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in an entry"));
    assert_eq!(log.take(), ["-4", "-2", "1"]);
    assert_eq!(reports(), [failures]);
    stack.dispose().unwrap();
    drop(stack);
    assert!(log.take().is_empty(), "each ran once");

    let stack = fill();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(stack))).is_err());
    assert_eq!(log.take(), ["-4", "-2", "1"]);
    assert_eq!(reports(), ["failed to dispose `File`: fd: broken"; 2]);
}

#[test]
fn a_panic_in_its_scope_releases_all() {
    let log = Log::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let mut stack = DisposeStack::new();
        stack.push(File { log: &log, fd: Some(1) });
        stack.push(File { log: &log, fd: Some(2) });
        panic!("half way");
    }));
    assert!(panic.is_err());
    assert_eq!(log.take(), ["2", "1"]);
}

#[test]
fn as_a_part() {
    #[derive(Dispose)]
    struct Server<'a> {
        #[unmanaged(release = |_armed| self.log.add("server"))]
        armed: Option<()>,
        #[dispose]
        ports: DisposeStack<'a>,
        log: &'a Log,
    }

    let log = Log::default();
    let mut server = Server { armed: Some(()), ports: DisposeStack::new(), log: &log };
    server.ports.push(Port { log: &log, number: 80 });
    server.ports.push(Port { log: &log, number: 0 });
    let error = server.dispose().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Server`: ports[0].number: status 80");
    assert_eq!(log.take(), ["0", "80", "server"]);
}

#[test]
fn a_stack_on_a_stack() {
    let mut inner = DisposeStack::new();
    inner.defer(|| Err(io::Error::other("deep")));
    let mut outer = DisposeStack::new();
    outer.defer(|| ());
    outer.push(inner);
    assert_eq!(outer.dispose().unwrap_err().first().path(), "[1][0]");
}

#[test]
fn a_release_that_gets_an_error_of_a_disposal() {
    let log = Log::default();
    let mut stack = DisposeStack::new();
    stack.adopt(File { log: &log, fd: Some(-1) }, Close::close);
    stack.defer(|| -> Result<(), DisposeError> { Ok(()) });
    assert_eq!(stack.dispose().unwrap_err().first().path(), "[0].fd");
}

#[test]
fn ten_thousand_entries() {
    let count = Cell::new(0_usize);
    let mut stack = DisposeStack::new();
    for n in 0..10_000 {
        let count = &count;
        stack.adopt(n, move |n| {
            count.set(count.get() + 1);
            if n % 1_000 == 0 { Err(io::Error::other("thousand")) } else { Ok(()) }
        });
    }
    let error = stack.dispose().unwrap_err();
    assert_eq!(count.get(), 10_000);
    assert_eq!(error.len(), 10);
    assert_eq!((error.first().path(), error.last().path()), ("[9000]", "[0]"));

    let mut stack = DisposeStack::new();
    for _ in 0..10_000 {
        stack.defer(|| count.set(count.get() - 1));
    }
    drop(stack);
    assert_eq!(count.get(), 0);
}

#[test]
fn debug_shows_how_many() {
    let mut stack = DisposeStack::default();
    stack.defer(|| ());
    assert_eq!(format!("{stack:?}"), "DisposeStack { len: 1, .. }");
}
