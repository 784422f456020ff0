//! `DisposeStack`

#![cfg(all(feature = "derive", feature = "std"))]

mod support;

use std::cell::Cell;
use std::io;

use dispose_core::{Close, Dispose, DisposeError, DisposeStack, StatusError, status};

use crate::support::{Handle, Refused, log, logged, panic_of, record_reports, release, reported};

#[derive(Dispose)]
struct File {
    #[unmanaged(release = release)]
    fd: Option<Handle>,
}

fn file(name: &'static str) -> File {
    File { fd: Handle::some(name) }
}

fn failing(name: &'static str) -> File {
    File { fd: Some(Handle::failing(name)) }
}

/// What a stack owns may borrow.
#[derive(Close)]
struct Port<'a> {
    name: &'a str,
    #[unmanaged(release = |status| { log(self.name); status }, check = status::zero, always)]
    status: u16,
}

#[test]
fn everything_in_reverse_order() {
    let port = String::from("port");
    let mut stack = DisposeStack::new();
    assert!(stack.is_empty() && stack.is_disposed());
    stack.push(file("a"));
    stack.push(Port { name: &port, status: 0 });
    stack.adopt("adopted", log);
    stack.defer(|| log(format!("deferred:{port}")));
    stack.push(vec![file("b"), file("c")]);
    stack.push((File { fd: None }, Some(file("d"))));
    assert_eq!(stack.len(), 6);
    assert!(stack.ensure_live().is_ok());
    assert_eq!(logged(), "");
    stack.dispose().unwrap();
    assert_eq!(logged(), "d c b deferred:port adopted port a");
    assert!(stack.is_empty() && stack.is_disposed());
    stack.dispose().unwrap();
    assert_eq!(logged(), "");

    stack.push(file("e"));
    drop(stack);
    assert_eq!(logged(), "e", "it can be used again");
}

#[test]
fn all_errors_are_kept_with_their_position() {
    #[derive(Dispose)]
    struct Session {
        #[dispose]
        file: File,
    }

    record_reports();
    let mut stack = DisposeStack::new();
    stack.push(failing("a"));
    stack.push(Port { name: "port", status: 7 });
    stack.adopt(3, status::zero);
    stack.defer(|| Err(Refused("late")));
    stack.push(Session { file: failing("b") });
    stack.push(vec![file("c"), failing("d")]);
    stack.defer(|| log("first"));
    let error = stack.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `DisposeStack`: [5][1].fd: d refused; [4].file.fd: b refused; \
         [3]: late refused; [2]: status 3; [1].status: status 7; [0].fd: a refused"
    );
    assert_eq!(error.downcast_ref::<StatusError>().unwrap().code(), 3);
    assert_eq!(logged(), "first d c b port a");
    assert!(stack.is_empty());
    drop(stack);
    assert_eq!(reported(), [""; 0]);

    let mut stack = DisposeStack::new();
    stack.defer(|| ());
    stack.push(failing("a"));
    stack.adopt(3, status::zero);
    drop(stack);
    assert_eq!(logged(), "a");
    assert_eq!(
        reported(),
        [
            "File [failed to dispose `File`: fd: a refused]",
            "DisposeStack [failed to dispose `DisposeStack`: [2]: status 3]"
        ],
        "what was pushed is dropped, and reports itself"
    );
}

#[test]
fn taken_is_committed() {
    let mut stack = DisposeStack::new();
    stack.defer(|| log("a"));
    stack.defer(|| log("b"));
    let mut kept = stack.take();
    assert_eq!((stack.len(), kept.len()), (0, 2));
    stack.defer(|| log("c"));
    drop(stack);
    assert_eq!(logged(), "c");
    kept.defer(|| Err(Refused("late")));
    assert_eq!(kept.dispose().unwrap_err().first().path(), "[2]");
    assert_eq!(logged(), "b a");
}

#[test]
fn all_or_nothing() {
    fn open(names: &[&'static str]) -> Result<DisposeStack<'static>, String> {
        let mut stack = DisposeStack::new();
        for &name in names {
            if name == "taken" {
                return Err(format!("{name} already"));
            }
            stack.push(file(name));
        }
        Ok(stack.take())
    }

    assert_eq!(open(&["a", "b", "c", "taken", "d"]).unwrap_err(), "taken already");
    assert_eq!(logged(), "c b a");
    let all = open(&["a", "b", "c"]).unwrap();
    assert_eq!(logged(), "");
    all.close().unwrap();
    assert_eq!(logged(), "c b a");
}

#[test]
fn a_panic_in_an_entry_releases_the_others() {
    record_reports();
    let fill = || {
        let mut stack = DisposeStack::new();
        stack.push(file("a"));
        stack.push(failing("b"));
        stack.adopt(Cell::new(3), |_| -> () { panic!("in an entry") });
        stack.push(failing("c"));
        stack
    };

    let mut stack = fill();
    assert_eq!(panic_of(|| stack.dispose()).unwrap(), "in an entry");
    assert_eq!(logged(), "c b a");
    assert_eq!(
        reported(),
        ["DisposeStack [failed to dispose `DisposeStack`: [3].fd: c refused; [1].fd: b refused]"]
    );
    stack.dispose().unwrap();
    drop(stack);
    assert_eq!(logged(), "", "each ran once");

    let stack = fill();
    assert_eq!(panic_of(|| drop(stack)).unwrap(), "in an entry");
    assert_eq!(logged(), "c b a");
    assert_eq!(
        reported(),
        [
            "File [failed to dispose `File`: fd: c refused]",
            "File [failed to dispose `File`: fd: b refused]"
        ]
    );
}

#[test]
fn a_panic_in_its_scope_releases_all() {
    let panic = panic_of(|| {
        let mut stack = DisposeStack::new();
        stack.push(file("a"));
        stack.push(file("b"));
        panic!("half way");
    });
    assert_eq!(panic.unwrap(), "half way");
    assert_eq!(logged(), "b a");
}

#[test]
fn as_a_part() {
    #[derive(Dispose)]
    struct Server<'a> {
        #[unmanaged(release = log)]
        name: Option<&'a str>,
        #[dispose]
        ports: DisposeStack<'a>,
    }

    let name = String::from("server");
    let mut server = Server { name: Some(&name), ports: DisposeStack::new() };
    server.ports.push(Port { name: &name[..4], status: 80 });
    server.ports.push(Port { name: "port", status: 0 });
    let error = server.dispose().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Server`: ports[0].status: status 80");
    assert_eq!(logged(), "port serv server");
}

#[test]
fn a_stack_on_a_stack() {
    let mut inner = DisposeStack::new();
    inner.defer(|| Err(Refused("deep")));
    let mut outer = DisposeStack::new();
    outer.defer(|| ());
    outer.push(inner);
    assert_eq!(outer.dispose().unwrap_err().first().path(), "[1][0]");
}

#[test]
fn a_release_that_gets_an_error_of_a_disposal() {
    let mut stack = DisposeStack::new();
    stack.adopt(failing("a"), Close::close);
    stack.defer(|| -> Result<(), DisposeError> { Ok(()) });
    assert_eq!(stack.dispose().unwrap_err().first().path(), "[0].fd");
    assert_eq!(logged(), "a");
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
