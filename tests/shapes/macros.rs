#![allow(
    clippy::match_single_binding,
    clippy::redundant_closure,
    clippy::needless_pub_self,
    reason = "the forms are what is tested"
)]
// Types whose attributes a macro puts together: `self` comes from its body or from its caller. Compiled in
// each edition.
#![allow(clippy::uninlined_format_args, clippy::needless_pass_by_value)]

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dispose_core::{AsyncDispose, Close, Dispose};

use crate::log::{log, logged};

#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

fn close(value: i32, key: &str) {
    log(format!("{}{}", key, value));
}

unsafe fn free(value: i32, key: &str) {
    close(value, key);
}

fn fail(value: i32, key: &str) -> Result<(), Failed> {
    close(value, key);
    Err(Failed)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!(),
    }
}

/// The attributes, with every `self` in them, are the caller's.
macro_rules! of_caller {
    ($derive:ident $name:ident { $($(#[$key:ident($($value:tt)*)])* $field:ident: $ty:ty,)* }) => {
        #[derive($derive)]
        struct $name { $($(#[$key($($value)*)])* $field: $ty,)* }
    };
}

of_caller!(Dispose InPlace {
    #[unmanaged(release = |x| close(x, self.key), invalid = self.none)]
    simple: i32,
    #[unmanaged(release = |x| { close(x, self.key); }, check = |()| log(format!("check {}", self.key)))]
    block: Option<i32>,
    #[unmanaged(release = |x| fail(x, self.key), on_error = keep_if(|_| self.key.is_empty()))]
    kept: Option<i32>,
    #[unmanaged(release = |x| close(x, self.key), each)]
    each: Vec<i32>,
    #[unmanaged(release = |_| close(-1, self.key), drop = |x| close(x, self.key))]
    dropped: Option<i32>,
    key: &'static str,
    none: i32,
});

of_caller!(Close ByValue {
    #[unmanaged(release = |x| close(x, self.key), invalid = self.none)]
    simple: i32,
    #[unmanaged(release = |x| match x { x => close(x, self.key) }, always)]
    always: i32,
    #[unmanaged(unsafe(release = |x| free(x, self.key)))]
    unsafely: Option<i32>,
    key: &'static str,
    none: i32,
});

#[test]
fn self_of_the_caller() {
    let mut value = InPlace {
        simple: 1,
        block: Some(2),
        kept: Some(3),
        each: vec![4, 5],
        dropped: Some(6),
        key: "k",
        none: -1,
    };
    value.kept = None;
    value.dispose().unwrap();
    assert_eq!(logged(), "k-1 k5 k4 k2 check k k1");
    value.dropped = Some(6);
    value.kept = Some(3);
    value.key = "";
    assert_eq!(value.dispose().unwrap_err().len(), 1);
    assert_eq!(logged(), "-1 3");
    value.key = "l";
    assert_eq!(value.dispose().unwrap_err().len(), 1);
    value.dropped = Some(6);
    drop(value);
    assert_eq!(logged(), "l3 l6");
    drop(ByValue { simple: 1, always: 2, unsafely: Some(3), key: "k", none: -1 });
    drop(ByValue { simple: -1, always: 2, unsafely: None, key: "l", none: -1 });
    assert_eq!(logged(), "k3 k2 k1 l2");
}

/// The closures come as expressions; one more is in the macro's body.
macro_rules! of_both {
    ($derive:ident $this:ident $name:ident { $($field:ident => $free:expr),* }) => {
        #[derive($derive)]
        struct $name {
            $(#[unmanaged(release = $free)]
            $field: Option<i32>,)*
            #[unmanaged(release = |x| close(x, self.key))]
            own: Option<i32>,
            #[unmanaged(release = |x| close(x, $this.key))]
            given: Option<i32>,
            key: &'static str,
        }
    };
}

of_both!(Dispose self Both { first => |x| close(x, self.key), second => |x: i32| { close(x, &self.key[1..]) } });
of_both!(Close self BothByValue { first => |x| close(x + 1, self.key) });

#[test]
fn self_of_the_caller_and_of_the_macro() {
    drop(Both { first: Some(1), second: Some(2), own: Some(3), given: Some(4), key: "ab" });
    assert_eq!(logged(), "ab4 ab3 b2 ab1");
    drop(BothByValue { first: Some(1), own: None, given: None, key: "c" });
    assert_eq!(logged(), "c2");
}

/// Only the derive is the macro's.
macro_rules! derived {
    ($item:item) => {
        #[derive(Debug, Dispose, AsyncDispose)]
        $item
    };
}

derived! {
    struct Item {
        #[unmanaged(release_async = |x| async move { close(x, self.key) })]
        future: Option<i32>,
        #[unmanaged(release_async = async |x| close(x, self.key))]
        closure: Option<i32>,
        #[unmanaged(release = |x| log(format!("{} {}{self:?}", x, self.key, self = self.key)))]
        format: Option<i32>,
        key: &'static str,
    }
}

#[test]
fn self_of_an_item() {
    let mut item = Item { future: Some(1), closure: Some(2), format: Some(3), key: "k" };
    run(item.dispose_async()).unwrap();
    assert_eq!(logged(), "3 k\"k\" k2 k1");
}

async fn leave(value: i32) {
    log(format!("left {}", value));
}

trait Name {
    fn name(&self) -> String;
}

/// A `self` that is not the value, in closures whose own `self` has to be renamed.
#[derive(Debug, Dispose, AsyncDispose)]
struct NotTheValue {
    #[unmanaged(release_async = |x| self::leave(x))]
    path: Option<i32>,
    #[unmanaged(release_async = |x| async move {
        use self::leave as bye;
        use std::fmt::{self, Write as _};
        mod inner {
            pub(self) const ONE: i32 = 1;
            pub(super) fn one() -> i32 {
                self::ONE
            }
        }
        struct Named<const N: usize>(i32);
        impl Name for Named<{ 1 + 1 }> {
            fn name(&self) -> String {
                format!("{}{}", self.0, inner::one())
            }
        }
        trait Twice: Name {
            fn twice(&self) -> String {
                self.name() + &self.name()
            }
        }
        impl<T> Twice for T where T: Name + Sized, {}
        fn shown(text: impl fmt::Display) -> impl fmt::Display {
            format!("{text}")
        }
        let range = 0..self.key.len();
        let mut text = String::new();
        write!(text, "{} {} {:?}", self.key, shown(Named(x).twice()), range).unwrap();
        log(text);
        bye(x).await;
    })]
    items: Option<i32>,
    #[unmanaged(release_async = |x| async move { log(format!("{self:?} {}", self.key.len() + x)) })]
    format: Option<usize>,
    #[unmanaged(release_async = |x| async move { log(format!("{self:?} {{self}} {x:0>2} ") + "{self}") })]
    only_format: Option<usize>,
    key: &'static str,
}

#[test]
fn self_that_is_not_the_value() {
    let mut value =
        NotTheValue { path: Some(1), items: Some(2), format: Some(3), only_format: None, key: "k" };
    run(value.dispose_async()).unwrap();
    let shown = "NotTheValue { path: Some(1), items: Some(2), format: None, only_format: None, key: \"k\" }";
    assert_eq!(logged(), format!("{shown} 4 k 2121 0..1 left 2 left 1"));
    value.only_format = Some(7);
    run(value.dispose_async()).unwrap();
    let shown =
        "NotTheValue { path: None, items: None, format: None, only_format: None, key: \"k\" }";
    assert_eq!(logged(), format!("{shown} {{self}} 07 {{self}}"));
}

macro_rules! which {
    (self) => {
        1
    };
    ($other:expr) => {
        2
    };
}

/// A macro that makes no format string of its text.
macro_rules! template {
    ($text:literal, $value:expr) => {
        $text.replace("{self}", &$value.to_string())
    };
}

#[derive(Debug, Dispose, AsyncDispose)]
struct AsWritten {
    #[unmanaged(release_async = |x| async move {
        log(format!("{} {}", self.key, "{self}") + stringify!(self.key) + " price self$");
        log(template!("bye {self}", self.key));
        log(format!("it-self$ {}", which!(self) + x));
    })]
    block: Option<i32>,
    #[unmanaged(release_async = |x| Box::pin(async move {
        log(format!("{} {}", self.key, "{self}") + stringify!(self.key) + " {self}");
        log(template!("bye {self}", self.key));
        log(format!("it-self$ {}", x));
    }))]
    boxed: Option<i32>,
    key: &'static str,
}

#[test]
fn texts_and_macros_see_self_as_written() {
    let value = AsWritten { block: Some(1), boxed: Some(2), key: "k" };
    run({ value }.dispose_async()).unwrap();
    let boxed = "k {self}self.key {self} bye k it-self$ 2";
    assert_eq!(logged(), format!("{boxed} k {{self}}self.key price self$ bye k it-self$ 2"));
}

macro_rules! tracked {
    ($name:ident, $release:expr, $keep_if:expr) => {
        #[derive(Dispose)]
        enum $name {
            One {
                #[unmanaged(
                    release = $release,
                    check = |result: Result<(), Failed>| { log(format!("#{}", id)); result },
                    on_error = keep_if($keep_if),
                )]
                fd: Option<i32>,
                id: u32,
            },
        }
    };
}

tracked!(
    Tracked,
    |x| fail(
        x + {
            *id += 1;
            0
        },
        "k"
    ),
    |_| {
        log(format!("{id}?"));
        false
    }
);

macro_rules! local {
    ($name:ident, $other:expr) => {
        #[derive(Dispose)]
        enum $name {
            One {
                #[unmanaged(release = |x| { let n = 5; log(format!("{} {}", x + n, $other)) })]
                fd: Option<i32>,
                n: i32,
            },
        }
    };
}

local!(Local, *n + 1);

#[derive(Dispose)]
enum Raw {
    Plain {
        #[unmanaged(release = |x| close(x, r#key))]
        fd: Option<i32>,
        key: &'static str,
    },
    Raw {
        #[unmanaged(release = |x| close(x, key))]
        fd: Option<i32>,
        r#key: &'static str,
    },
}

#[test]
fn a_sibling_is_named_by_a_macro_and_its_caller() {
    assert!(Tracked::One { fd: Some(1), id: 6 }.dispose().is_err());
    assert_eq!(logged(), "k1 #7 7?");
    drop(Local::One { fd: Some(1), n: 7 });
    assert_eq!(logged(), "6 8");
}

#[test]
fn a_raw_name_is_the_same_name() {
    drop([Raw::Plain { fd: Some(1), key: "a" }, Raw::Raw { fd: Some(2), key: "b" }]);
    assert_eq!(logged(), "a1 b2");
}

#[derive(Dispose)]
enum Siblings {
    Formatted {
        #[unmanaged(release = |x: i32| log(format!("{} {name} {count:>width$} {type}", x)))]
        fd: Option<i32>,
        name: &'static str,
        count: i32,
        width: usize,
        r#type: char,
    },
}

#[test]
fn format_strings_name_siblings() {
    drop(Siblings::Formatted { fd: Some(1), name: "n", count: 2, width: 3, r#type: 't' });
    assert_eq!(logged(), "1 n   2 t");
}

/// `self` is the macro's own, and the format string that names it is the caller's.
macro_rules! of_both {
    ($name:ident, $release:expr) => {
        #[derive(Dispose)]
        struct $name {
            #[unmanaged(release = |x| close(x, self.key))]
            first: Option<i32>,
            #[unmanaged(release = $release)]
            last: Option<i32>,
            key: &'static str,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.key)
            }
        }
    };
}

of_both!(Printed, |x: i32| log(format!("{self} {}", x)));

#[test]
fn a_callers_format_string_names_the_owner() {
    drop(Printed { first: Some(1), last: Some(2), key: "k" });
    assert_eq!(logged(), "k 2 k1");
}

macro_rules! ignored {
    ($($token:tt)*) => {};
}

/// The `self` is no value, but the syntax of a macro.
#[derive(Dispose)]
#[dispose(before = |this| { ignored!(self); log(String::from(this.key)); })]
struct Ignoring {
    #[unmanaged(release = |x| close(x, self.key))]
    fd: Option<i32>,
    key: &'static str,
}

#[test]
fn a_macro_may_have_self_in_its_syntax() {
    drop(Ignoring { fd: Some(1), key: "k" });
    assert_eq!(logged(), "k k1");
}
