// Types of every shape, compiled in each edition.

#![allow(
    clippy::non_minimal_cfg,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls,
    clippy::uninlined_format_args,
    clippy::unit_arg,
    clippy::needless_pass_by_value
)]

use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::Mutex;

use dispose_core::{Close, Dispose, SafeHandle};

use crate::log::{log, logged};

fn close<T: Debug>(value: T) {
    log(format!("{:?}", value));
}

fn close_both<T: Debug, U: Debug>(value: T, with: U) {
    close((value, with));
}

unsafe fn free<T: Debug>(value: T) {
    close(value);
}

#[derive(Dispose)]
struct Generic<'a, 'b: 'a, T: Debug + 'a, U = u8, const N: usize = 2>
where
    U: Debug,
{
    #[unmanaged(release = close::<T>)]
    value: Option<T>,
    #[unmanaged(unsafe(release = |v: U| free((v, self.name))))]
    other: Option<U>,
    #[unmanaged(release = |a| close(a), invalid = [[0; N]])]
    array: [u8; N],
    name: &'a str,
    _marker: PhantomData<&'b T>,
}

#[test]
fn generics_lifetimes_constants_and_bounds() {
    let name = String::from("n");
    let mut value = Generic::<_, _, 2> {
        value: Some("v"),
        other: Some(1),
        array: [3, 4],
        name: &name,
        _marker: PhantomData,
    };
    value.dispose().unwrap();
    assert_eq!(logged(), "[3, 4] (1, \"n\") \"v\"");
}

#[derive(Dispose)]
struct Part<T: Debug>(#[unmanaged(release = close)] Option<T>);

#[derive(Dispose)]
struct Bounded<T: Dispose, V>
where
    V: Dispose,
{
    #[dispose]
    first: T,
    #[dispose]
    second: Option<V>,
    #[dispose]
    third: Box<dyn Dispose>,
}

#[test]
fn parts_of_parameters_and_objects() {
    drop(Bounded {
        first: Part(Some(1)),
        second: Some(Part(Some('2'))),
        third: Box::new(Part(Some(3))),
    });
    assert_eq!(logged(), "3 '2' 1");
}

#[derive(Dispose)]
#[allow(non_camel_case_types)]
struct r#impl {
    #[unmanaged(release = close)]
    r#type: Option<i32>,
    #[unmanaged(release = |x: i32| close(x + self.r#fn))]
    r#match: Option<i32>,
    r#fn: i32,
}

#[test]
fn raw_identifiers() {
    drop(r#impl { r#type: Some(1), r#match: Some(2), r#fn: 10 });
    assert_eq!(logged(), "12 1");
}

#[derive(Dispose)]
struct Configured {
    #[cfg(any())]
    #[unmanaged(release = missing)]
    absent: Missing,
    #[cfg(all())]
    #[unmanaged(release = close)]
    present: Option<i32>,
    #[cfg_attr(all(), unmanaged(release = close))]
    attribute: Option<i32>,
}

#[test]
fn fields_under_cfg() {
    drop(Configured { present: Some(1), attribute: Some(2) });
    assert_eq!(logged(), "2 1");
}

macro_rules! handle {
    ($(#[$meta:meta])* $vis:vis struct $name:ident($field:ident: $ty:ty), $release:expr, $check:path) => {
        $(#[$meta])*
        #[derive(Close)]
        $vis struct $name {
            #[unmanaged(release = $release, check = $check)]
            $field: Option<$ty>,
            #[unmanaged(release = |x| close((x, self.len)), always)]
            id: i32,
            len: usize,
        }
    };
}
handle!(
    /// By path.
    pub(crate) struct ByPath(raw: i32), close, dispose_core::status::ignore
);
handle!(struct ByClosure(raw: Vec<(i32, i32)>), |raw: Vec<(i32, i32)>| close(raw.len()), core::convert::identity);

macro_rules! by_fragments {
    ($name:ident, $ty:ty, $free:path, $invalid:expr) => {
        #[derive(Dispose)]
        struct $name(#[unmanaged(unsafe(release = $free), invalid = $invalid)] $ty);
    };
}
by_fragments!(Fragments, (i32, u8), free, (0, 0));

#[test]
fn types_made_by_macros() {
    drop(ByPath { raw: Some(1), id: 2, len: 3 });
    assert_eq!(logged(), "(2, 3) 1");
    ByClosure { raw: Some(vec![(1, 1)]), id: 2, len: 3 }.close().unwrap();
    assert_eq!(logged(), "(2, 3) 1");
    drop((Fragments((1, 2)), Fragments((0, 0))));
    assert_eq!(logged(), "(1, 2)");
}

macro_rules! nested {
    ($name:ident, $borrowed:ident, $outer:ident, $raw:ty, $release:expr, $use:expr) => {
        #[derive(Close, SafeHandle)]
        #[dispose(borrowed = $borrowed)]
        struct $name {
            #[unmanaged(release = close, invalid = 0)]
            raw: $raw,
        }

        #[derive(Close)]
        struct $outer {
            // In edition 2018 a closure that stays one borrows all of `self`, which has a field moved out.
            #[unmanaged(release = |x| close_both(x, self.len))]
            before: Option<u8>,
            #[unmanaged(release = $release, unsafe(always))]
            inner: ManuallyDrop<$name>,
            #[unmanaged(release = $use)]
            behind: Option<u8>,
            len: usize,
        }
    };
}
nested!(Inner, BorrowedInner, Outer, u32, Close::close, |x| close((x, self.inner.raw)));

#[test]
fn nested_handles_made_by_macros() {
    let outer = || {
        // SAFETY: `close` takes any value.
        let inner = unsafe { Inner::from_raw(3) };
        assert_eq!(inner.as_borrowed().map(BorrowedInner::as_raw), Ok(3));
        Outer { before: Some(1), inner: ManuallyDrop::new(inner), behind: Some(4), len: 2 }
    };
    outer().close().unwrap();
    assert_eq!(logged(), "(4, 3) 3 (1, 2)");
    drop(outer());
    assert_eq!(logged(), "(4, 3) 3 (1, 2)");
}

#[derive(Debug)]
struct Busy(i32);

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Debug::fmt(self, f)
    }
}

impl std::error::Error for Busy {}

fn refuse(code: i32) -> Result<(), Busy> {
    close(code);
    match code {
        ..=9 => Ok(()),
        _ => Err(Busy(code)),
    }
}

macro_rules! refused {
    ($(#[$meta:meta])* $name:ident($field:ident: $ty:ty), $release:path, $drop:expr, $alive:expr, $report:expr) => {
        $(#[$meta])*
        #[derive(Dispose)]
        #[dispose(on_drop = $report, forget)]
        struct $name<'a, T: Debug> {
            #[unmanaged(release = close::<T>)]
            parent: Option<T>,
            #[unmanaged(release = $release, drop = $drop, on_error = keep_if($alive))]
            $field: Option<$ty>,
            #[unmanaged(release = $release, unsafe(drop = |x| free((x, self.len))), on_error = keep_if(|error| error.0 == self.len))]
            other: Option<$ty>,
            len: i32,
            name: &'a str,
        }
    };
}
refused!(ByPathRefused(r#type: i32), refuse, close, is_busy, report);
refused!(ByClosureRefused(raw: i32), refuse, |raw: i32| refuse(raw), |error| error.0 > 10, |of| report(of));

fn is_busy(error: &Busy) -> bool {
    error.0 > 10
}

fn report(report: &dispose_core::DropReport) {
    log(format!("<{}>", report.type_name()));
}

#[test]
fn refused_types_made_by_macros() {
    let name = String::from("n");
    let mut value = ByPathRefused {
        parent: Some('p'),
        r#type: Some(11),
        other: Some(12),
        len: 12,
        name: &name,
    };
    value.dispose().unwrap_err();
    assert_eq!(logged(), "12");
    value.len = 13;
    value.dispose().unwrap_err();
    assert_eq!(logged(), "12 11");
    drop(value);
    assert_eq!(logged(), "11 'p'");
    drop(ByClosureRefused {
        parent: Some('p'),
        raw: Some(11),
        other: Some(1),
        len: 2,
        name: &name,
    });
    assert_eq!(logged(), "(1, 2) 11 'p' <ByClosureRefused>");
    ByClosureRefused { parent: Some('p'), raw: Some(11), other: None, len: 2, name: &name }
        .forget();
    let value = ByPathRefused { parent: Some('p'), r#type: None, other: None, len: 2, name: &name };
    assert_eq!(value.name, "n");
    value.forget();
    assert_eq!(logged(), "");
}

#[allow(non_upper_case_globals, dead_code)]
mod constants {
    // A constant of the user's must not capture what the expansion binds.
    const fd: i32 = 5;
    const value: i32 = 6;
    const failures: i32 = 7;

    #[derive(dispose_core::Dispose)]
    pub enum Variant {
        Named {
            #[unmanaged(release = super::close, invalid = -1)]
            fd: i32,
            value: u8,
        },
    }
}

#[test]
fn constants_named_like_fields() {
    drop(constants::Variant::Named { fd: 7, value: 0 });
    drop(constants::Variant::Named { fd: -1, value: 0 });
    assert_eq!(logged(), "7");
}

#[derive(Dispose)]
enum Variants<'a> {
    Mapped {
        #[unmanaged(release = |p: i32| close(p + *len))]
        address: Option<i32>,
        len: i32,
    },
    Formatted {
        #[unmanaged(release = |p: i32| log(format!("{} {}", p, name)))]
        fd: Option<i32>,
        name: &'a str,
    },
    Tuple(
        #[unmanaged(release = |x: i32| { *_1 += 1; close((x, *_1, _2.len())) }, check = |()| ())]
        Option<i32>,
        i32,
        &'a str,
    ),
    Kept(
        #[unmanaged(release = |x: i32| if x > 1 { Err(std::io::Error::from_raw_os_error(x)) } else { Ok(close(x)) }, each, on_error = keep)]
         Vec<i32>,
    ),
    #[allow(dead_code)]
    Unit,
}

#[test]
fn closures_in_variants_name_their_siblings() {
    drop(Variants::Mapped { address: Some(1), len: 2 });
    drop(Variants::Formatted { fd: Some(1), name: "n" });
    drop(Variants::Tuple(Some(1), 2, "abc"));
    assert_eq!(logged(), "3 1 n (1, 3, 3)");
    let mut kept = Variants::Kept(vec![0, 2, 1]);
    assert_eq!(kept.dispose().unwrap_err().first().path(), "0[1]");
    assert!(!kept.is_disposed());
    assert_eq!(kept.close().unwrap_err().len(), 1);
    assert_eq!(logged(), "1 0");
}

mod paths {
    pub fn close<T>(_: T) {
        super::log("nested".into());
    }
    pub trait Release {
        const RELEASE: fn(Self);
        fn release(self);
    }
    impl Release for i32 {
        const RELEASE: fn(Self) = |_| super::log("constant".into());
        fn release(self) {
            super::log("method".into());
        }
    }
}
use paths::Release;

macro_rules! by_expression {
    ($name:ident, $release:expr) => {
        #[derive(Dispose)]
        struct $name(#[unmanaged(release = $release)] Option<i32>);
    };
}
by_expression!(Qualified, <i32 as Release>::release);

#[test]
fn a_qualified_path_through_a_macro() {
    drop(Qualified(Some(1)));
    assert_eq!(logged(), "method");
}

#[derive(Dispose)]
struct Paths {
    #[unmanaged(release = "paths::close::<i32>")]
    text: Option<i32>,
    #[unmanaged(release = Self::own)]
    own: Option<i32>,
    #[unmanaged(release = Release::release)]
    method: Option<i32>,
    #[unmanaged(release = <i32 as Release>::RELEASE)]
    constant: Option<i32>,
    #[unmanaged(release = |x| x.release())]
    inferred: Option<i32>,
    #[unmanaged(release = move |_| self.seen += 1)]
    moved: Option<i32>,
    #[unmanaged(release = |mut p| take(&mut p))]
    pointer: Option<i32>,
    #[unmanaged(release = |x| -> Result<(), std::io::Error> { log(format!("{}", x)); Ok(()) })]
    typed: Option<i32>,
    #[unmanaged(unsafe(release = |x: i32| -> () { free(x) }))]
    typed_unsafe: Option<i32>,
    #[unmanaged(unsafe(release = |x: i32| (free(x), 5)), check = |done: ((), i32)| done.0)]
    pair: Option<i32>,
    seen: i32,
}
fn take(p: &mut i32) {
    *p = 0;
    log("pointer".into());
}
impl Paths {
    fn own(_: i32) {
        log("own".into());
    }
}

#[test]
fn releases_of_every_form() {
    let mut forms = Paths {
        text: Some(1),
        own: Some(2),
        method: Some(3),
        constant: Some(4),
        inferred: Some(5),
        moved: Some(6),
        pointer: Some(7),
        typed: Some(8),
        typed_unsafe: Some(9),
        pair: Some(10),
        seen: 0,
    };
    forms.dispose().unwrap();
    assert_eq!(logged(), "10 9 8 pointer method constant method own nested");
    assert_eq!(forms.seen, 1);
}

fn even(value: i32) -> Result<(), std::num::ParseIntError> {
    match value % 2 {
        0 => Ok(()),
        _ => "odd".parse::<u8>().map(drop),
    }
}

fn none() -> i32 {
    -1
}

/// Their bodies stand in the expansion by themselves, where nothing else may see their parameters.
#[derive(Dispose)]
struct Simple {
    #[unmanaged(release = |x| close(x.lock().unwrap().len()))]
    guarded: Option<Mutex<String>>,
    #[unmanaged(release = |even| even + self.released, check = even)]
    check: Option<i32>,
    #[unmanaged(release = |even| even - 1, check = |status| even(status))]
    closure: Option<i32>,
    #[unmanaged(release = |none| even(none), invalid = none(), each, on_error = keep)]
    invalid: Vec<i32>,
    #[unmanaged(release = |x| (self.released, close(x)).1)]
    tuple: Option<i32>,
    #[unmanaged(release = |x| add(&mut self.released, x))]
    counted: Option<i32>,
    released: i32,
}
fn add(sum: &mut i32, value: i32) {
    *sum += value;
    log(format!("added {}", value));
}

#[test]
fn simple_closures_have_their_parameters_for_themselves() {
    let mut value = Simple {
        guarded: Some(Mutex::new("abc".into())),
        check: Some(2),
        closure: Some(4),
        invalid: vec![2, -1, 1, -1],
        tuple: Some(5),
        counted: Some(3),
        released: 0,
    };
    let mut paths = Vec::new();
    // The element that stays keeps what is declared before it, until it is gone.
    for invalid in [vec![1], vec![]] {
        let error = value.dispose().unwrap_err();
        paths.extend(error.failures().map(|failure| failure.path().to_owned()));
        assert_eq!(value.released, 3);
        value.invalid = invalid;
        value.invalid.clear();
    }
    assert_eq!(paths, ["invalid[2]", "closure", "check"]);
    assert_eq!(logged(), "added 3 5 3");
}

#[derive(Close)]
enum SimpleInVariants {
    Named {
        #[unmanaged(release = |len| close(len))]
        fd: Option<i32>,
        #[dispose(skip)]
        len: usize,
    },
    Other {
        #[unmanaged(release = |fd| close((fd, *len)))]
        fd: Option<i32>,
        len: usize,
    },
}

#[test]
fn a_parameter_named_like_a_sibling_is_the_value() {
    drop(SimpleInVariants::Named { fd: Some(1), len: 2 });
    drop(SimpleInVariants::Other { fd: Some(3), len: 4 });
    assert_eq!(logged(), "1 (3, 4)");
}

#[derive(Dispose)]
struct Tail<T: ?Sized> {
    #[unmanaged(release = close)]
    head: Option<i32>,
    tail: T,
}

#[test]
fn an_unsized_owner() {
    let boxed: Box<Tail<[u8]>> = Box::new(Tail { head: Some(1), tail: [2, 3] });
    assert_eq!(boxed.tail.len(), 2);
    drop(boxed);
    assert_eq!(logged(), "1");
}

mod asynchronous {
    use std::fmt::Debug;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use dispose_core::{AsyncDispose, Dispose};

    use super::{close, log, logged};

    async fn leave<T: Debug>(value: T) {
        Box::pin(std::future::ready(())).await;
        log(format!("{:?}", value));
    }

    async unsafe fn leave_unsafely<T: Debug>(value: T) {
        leave(value).await;
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut future: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!(),
        }
    }

    #[derive(Dispose, AsyncDispose)]
    struct Generic<'a, T: Debug + 'a, P, const N: usize = 2>
    where
        P: AsyncDispose + ?Sized,
    {
        #[unmanaged(release_async = leave::<T>)]
        value: Option<T>,
        #[unmanaged(unsafe(release_async = |v: T| leave_unsafely((v, self.r#type))))]
        unsafely: Option<T>,
        #[unmanaged(unsafe(release_async = async |v: [u8; N]| { leave_unsafely(v).await }), release = close, invalid = [[0; N]])]
        array: [u8; N],
        #[cfg(any())]
        #[unmanaged(release_async = missing)]
        absent: Missing,
        r#type: &'a str,
        #[dispose(async)]
        part: P,
    }

    macro_rules! client {
        ($name:ident, $ty:ty, $leave:expr, $abort:path) => {
            #[derive(Dispose, AsyncDispose)]
            struct $name {
                #[unmanaged(release_async = $leave, release = $abort)]
                stream: Option<$ty>,
                #[unmanaged(release_async = |x| async move { self.len += 1; leave((x, self.len)).await })]
                second: Option<$ty>,
                len: usize,
            }
        };
    }
    client!(Client, u8, |x: u8| leave(x), close);

    #[test]
    fn asynchronous_shapes() {
        let name = String::from("n");
        let part = Client { stream: Some(1), second: Some(2), len: 3 };
        let mut value =
            Generic { value: Some('v'), unsafely: Some('u'), array: [3, 4], r#type: &name, part };
        let unsized_value: &mut Generic<'_, char, Client> = &mut value;
        run(unsized_value.dispose_async()).unwrap();
        assert_eq!(logged(), "(2, 4) 1 [3, 4] ('u', \"n\") 'v'");
    }
}
