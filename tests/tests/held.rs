//! `always` of a `ManuallyDrop`: a nested handle without an `Option`.

#![allow(clippy::undocumented_unsafe_blocks, reason = "nothing reads a field after its release")]
#![deny(warnings)]

use std::cell::RefCell;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dispose_core::{Close, using};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PANICS: RefCell<&'static str> = const { RefCell::new("") };
    static FAILS: RefCell<&'static str> = const { RefCell::new("") };
}

fn log() -> Vec<String> {
    LOG.take()
}

fn released(what: &str) -> io::Result<()> {
    LOG.with_borrow_mut(|log| log.push(what.into()));
    assert!(PANICS.with_borrow(|panics| *panics != what), "{what}");
    if FAILS.with_borrow(|fails| *fails == what) {
        return Err(io::Error::other("refused"));
    }
    Ok(())
}

/// Its name is on the heap, where a sanitizer sees a second release or a read after it.
#[derive(Close)]
struct Socket {
    #[unmanaged(release = |name: String| released(&name))]
    name: Option<String>,
}

fn socket(name: &str) -> ManuallyDrop<Socket> {
    ManuallyDrop::new(Socket { name: Some(name.into()) })
}

impl Socket {
    fn say(&self, what: &str) -> io::Result<()> {
        released(&format!("{} {what}", self.name.as_ref().unwrap()))
    }
}

struct Ordinary(&'static str);

impl Drop for Ordinary {
    fn drop(&mut self) {
        let _ = released(self.0);
    }
}

/// Its child uses the parent, which needs the log.
#[derive(Close)]
#[dispose(forget, before = |this| this.parent.say("flush"))]
struct Session {
    _ordinary: Ordinary,
    #[unmanaged(release = |text: String| released(&text))]
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

const ALL: [&str; 8] = [
    "parent flush",
    "parent 7",
    "parent two",
    "parent one",
    "parent child",
    "parent",
    "first",
    "ordinary",
];

#[test]
fn it_is_released_at_its_place_once() {
    session().close().unwrap();
    assert_eq!(log(), ALL);
    drop(session());
    assert_eq!(log(), ALL);
    using(session(), |session| session.parent.say("used")).unwrap();
    assert_eq!(LOG.with_borrow_mut(|log| log.remove(0)), "parent used");
    assert_eq!(log(), ALL);
}

#[test]
fn a_forgotten_one_is_neither_released_nor_dropped() {
    session().forget();
    assert_eq!(log(), ["ordinary"]);
}

#[test]
fn after_a_panic_at_any_place_each_is_released_once() {
    for at in ALL {
        PANICS.set(at);
        assert!(catch_unwind(AssertUnwindSafe(|| session().close())).is_err());
        assert_eq!(log(), ALL, "closed, {at}");
        assert!(catch_unwind(AssertUnwindSafe(|| drop(session()))).is_err());
        assert_eq!(log(), ALL, "dropped, {at}");
        PANICS.set("");
    }
}

#[test]
fn its_failure_has_its_paths() {
    FAILS.set("parent");
    let error = session().close().unwrap_err();
    FAILS.set("");
    assert_eq!(error.to_string(), "failed to dispose `Session`: parent.name: refused");
    log();
}

#[derive(Close)]
struct Two<T: Close, U: Close> {
    #[unmanaged(release = |it: T| it.close(), drop = drop, unsafe(always))]
    below: ManuallyDrop<T>,
    #[unmanaged(release = |()| released("between"))]
    between: Option<()>,
    len: usize,
    #[unmanaged(unsafe(always), release = |it: U| { released(&self.len.to_string())?; it.close().map_err(io::Error::other) })]
    above: ManuallyDrop<U>,
}

fn two() -> Two<Socket, Socket> {
    Two { below: socket("below"), between: Some(()), len: 3, above: socket("above") }
}

#[test]
fn two_in_one_struct() {
    let all = ["3", "above", "between", "below"];
    two().close().unwrap();
    assert_eq!(log(), all);
    drop(two());
    assert_eq!(log(), all);
    for at in all {
        PANICS.set(at);
        assert!(catch_unwind(|| two().close()).is_err());
        assert_eq!(log(), all, "{at}");
        PANICS.set("");
    }
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
    assert_eq!(log(), ["plain bye", "plain"]);
    for at in ["plain bye", "plain"] {
        PANICS.set(at);
        assert!(catch_unwind(|| drop(plain())).is_err());
        assert_eq!(log(), ["plain bye", "plain"]);
        PANICS.set("");
    }
    drop(Connection::Tuple(socket("tuple")));
    drop(Connection::Closed);
    assert_eq!(log(), ["tuple"]);
}

#[test]
fn it_is_as_large_as_what_it_holds() {
    #[derive(Close)]
    struct Outer(#[unmanaged(release = Close::close, unsafe(always))] ManuallyDrop<Socket>);
    assert_eq!(size_of::<Outer>(), size_of::<Socket>());
    drop(Outer(socket("outer")));
    assert_eq!(log(), ["outer"]);
}

#[test]
fn an_item_in_a_closure_has_a_self_of_its_own() {
    #[derive(Close)]
    struct Outer {
        #[unmanaged(release = |log: &str| {
            struct Line<'a> { socket: &'a str }
            impl Line<'_> {
                fn written(&self) -> io::Result<()> { released(self.socket) }
            }
            Line { socket: &format!("{log} of {}", self.name) }.written()
        })]
        log: Option<&'static str>,
        name: &'static str,
        // Moved out before that closure runs, which may not read it.
        #[unmanaged(release = Close::close, unsafe(always))]
        socket: ManuallyDrop<Socket>,
    }
    Outer { log: Some("log"), name: "outer", socket: socket("socket") }.close().unwrap();
    assert_eq!(log(), ["socket", "log of outer"]);
}
