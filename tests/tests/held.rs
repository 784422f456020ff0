//! `always` of a `ManuallyDrop`: a nested handle without an `Option`.

#![allow(clippy::undocumented_unsafe_blocks, reason = "nothing reads a field after its release")]
#![deny(warnings)]

use std::mem::ManuallyDrop;

use dispose_core::{Close, using};
use dispose_tests::{Ordinary, Refused, log, logged, panic_at, panic_of, refuse, refused};

/// Its name is on the heap, where a sanitizer sees a second release or a read after it.
#[derive(Close)]
struct Socket {
    #[unmanaged(release = |name: String| { log(&name); refused(&name) })]
    name: Option<String>,
}

fn socket(name: &str) -> ManuallyDrop<Socket> {
    ManuallyDrop::new(Socket { name: Some(name.into()) })
}

impl Socket {
    fn say(&self, what: &str) {
        log(format!("{}:{what}", self.name.as_ref().unwrap()));
    }
}

/// Its child uses the parent, which needs the log.
#[derive(Close)]
#[dispose(forget, before = |this| this.parent.say("flush"))]
struct Session {
    _ordinary: Ordinary,
    #[unmanaged(release = |text: String| log(text))]
    first: Option<String>,
    #[unmanaged(release = Close::close, unsafe(always))]
    parent: ManuallyDrop<Socket>,
    #[unmanaged(release = |child: &str| self.parent.say(child))]
    child: Option<&'static str>,
    #[unmanaged(each, release = |child: &str| self.parent.say(child))]
    children: Vec<&'static str>,
    #[unmanaged(invalid = { i32::MIN + 1 }, release = |id: i32| self.parent.say(&id.to_string()))]
    id: i32,
}

fn session() -> Session {
    Session {
        _ordinary: Ordinary("ordinary"),
        first: Some("first".into()),
        parent: socket("parent"),
        child: Some("child"),
        children: vec!["one", "two"],
        id: 7,
    }
}

/// What a session logs, in order.
const ALL: [&str; 8] = [
    "parent:flush",
    "parent:7",
    "parent:two",
    "parent:one",
    "parent:child",
    "parent",
    "first",
    "~ordinary",
];

/// Whatever panics, `run` logs all of it, and the panic goes on.
fn panics_at_each(all: &[&str], run: impl Fn()) {
    for at in all {
        panic_at(at);
        assert_eq!(panic_of(&run).unwrap(), format!("{at} panicked"));
        panic_at("");
        assert_eq!(logged(), all.join(" "), "{at}");
    }
}

#[test]
fn it_is_released_at_its_place_once() {
    session().close().unwrap();
    assert_eq!(logged(), ALL.join(" "));
    drop(session());
    assert_eq!(logged(), ALL.join(" "));
    using(session(), |session| {
        session.parent.say("used");
        Ok::<_, Refused>(())
    })
    .unwrap();
    assert_eq!(logged(), format!("parent:used {}", ALL.join(" ")));
}

#[test]
fn a_forgotten_one_is_neither_released_nor_dropped() {
    session().forget();
    assert_eq!(logged(), "~ordinary");
}

#[test]
fn after_a_panic_at_any_place_each_is_released_once() {
    panics_at_each(&ALL, || session().close().unwrap());
    panics_at_each(&ALL, || drop(session()));
}

#[test]
fn its_failure_has_its_paths() {
    refuse(&["parent"]);
    let error = session().close().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Session`: parent.name: parent refused");
    assert_eq!(logged(), ALL.join(" "));
}

#[derive(Close)]
struct Two<T: Close, U: Close> {
    #[unmanaged(release = |it: T| it.close(), drop = drop, unsafe(always))]
    below: ManuallyDrop<T>,
    #[unmanaged(release = |()| log("between"))]
    between: Option<()>,
    len: usize,
    #[unmanaged(unsafe(always), release = |it: U| { log(self.len); it.close() })]
    above: ManuallyDrop<U>,
}

fn two() -> Two<Socket, Socket> {
    Two { below: socket("below"), between: Some(()), len: 3, above: socket("above") }
}

#[test]
fn two_in_one_struct() {
    let all = ["3", "above", "between", "below"];
    two().close().unwrap();
    assert_eq!(logged(), all.join(" "));
    drop(two());
    assert_eq!(logged(), all.join(" "));
    panics_at_each(&all, || two().close().unwrap());
}

#[test]
fn in_an_enum() {
    #[derive(Close)]
    enum Connection {
        Plain {
            #[unmanaged(release = Close::close, unsafe(always))]
            socket: ManuallyDrop<Socket>,
            #[unmanaged(release = |goodbye: &str| socket.say(goodbye))]
            goodbye: Option<&'static str>,
        },
        Tuple(
            #[unmanaged(release = |it: Socket| it.close(), unsafe(always))]
            std::mem::ManuallyDrop<Socket>,
        ),
        Closed,
    }

    let plain = || Connection::Plain { socket: socket("plain"), goodbye: Some("bye") };
    plain().close().unwrap();
    assert_eq!(logged(), "plain:bye plain");
    panics_at_each(&["plain:bye", "plain"], || drop(plain()));
    drop(Connection::Tuple(socket("tuple")));
    drop(Connection::Closed);
    assert_eq!(logged(), "tuple");
}

#[test]
fn it_is_as_large_as_what_it_holds() {
    #[derive(Close)]
    struct Outer(#[unmanaged(release = Close::close, unsafe(always))] ManuallyDrop<Socket>);
    assert_eq!(size_of::<Outer>(), size_of::<Socket>());
    drop(Outer(socket("outer")));
    assert_eq!(logged(), "outer");
}

#[test]
fn an_item_in_a_closure_has_a_self_of_its_own() {
    #[derive(Close)]
    struct Outer {
        #[unmanaged(release = |line: &str| {
            struct Line<'a> { socket: &'a str }
            impl Line<'_> {
                fn written(&self) { log(self.socket); }
            }
            Line { socket: &format!("{line} of {}", self.name) }.written();
        })]
        line: Option<&'static str>,
        name: &'static str,
        // Moved out before that closure runs, which may not read it.
        #[unmanaged(release = Close::close, unsafe(always))]
        socket: ManuallyDrop<Socket>,
    }
    Outer { line: Some("line"), name: "outer", socket: socket("socket") }.close().unwrap();
    assert_eq!(logged(), "socket line of outer");
}
