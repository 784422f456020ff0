//! Expansions name nothing that a hostile crate could replace: no prelude, and every usual name is
//! something else.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, unused_macros)]

struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct Vec;
struct Box;
struct String;
struct Drop;
struct Dispose;
struct AsyncDispose;
struct Future;
struct Close;
struct Slot;
struct Failures;
struct bool;
struct i32;
struct str;
mod core {}
mod std {}
mod alloc {}
mod status {}
mod dispose_core {}

macro_rules! assert {
    ($($anything:tt)*) => {
        compile_error!("captured")
    };
}
macro_rules! panic {
    ($($anything:tt)*) => {
        compile_error!("captured")
    };
}
macro_rules! unreachable {
    ($($anything:tt)*) => {
        compile_error!("captured")
    };
}

type Int = ::core::primitive::i32;

fn close(_: Int) -> Int {
    0
}

fn free(_: Int) {}

struct Other;

#[derive(::dispose_core::Dispose)]
#[dispose(explicit, before = free_it)]
struct InPlace<T> {
    #[unmanaged(release = close, check = ::dispose_core::status::zero, invalid = -1, on_error = keep)]
    a: Int,
    #[unmanaged(release = free)]
    b: ::core::option::Option<Int>,
    #[unmanaged(release = |x: Int| free(x + 1), each)]
    c: ::std::vec::Vec<Int>,
    #[unmanaged(release = close, check = ::dispose_core::status::zero, each, invalid = [0], on_error = keep)]
    d: ::std::vec::Vec<Int>,
    #[dispose]
    e: Part,
    f: Other,
    g: T,
}

fn free_it<T>(_: &mut InPlace<T>) {}

#[derive(::dispose_core::Dispose)]
enum Part {
    A(#[unmanaged(release = free)] ::core::option::Option<Int>),
    B,
}

fn leave(_: Int) -> ::core::future::Ready<()> {
    ::core::future::ready(())
}

#[derive(::dispose_core::Dispose, ::dispose_core::AsyncDispose)]
struct Awaited<T> {
    #[unmanaged(release_async = leave)]
    a: ::core::option::Option<Int>,
    #[unmanaged(release_async = leave, release = free, invalid = -1)]
    b: Int,
    #[unmanaged(release_async = async |x: Int| leave(x + 1).await, each)]
    c: ::std::vec::Vec<Int>,
    #[unmanaged(release_async = |x: Int| async move { self.b += x }, each, invalid = [0])]
    d: ::std::vec::Vec<Int>,
    #[dispose]
    e: Part,
    #[dispose(async)]
    f: ::core::option::Option<AwaitedPart>,
    g: T,
}

#[derive(::dispose_core::Dispose, ::dispose_core::AsyncDispose)]
enum AwaitedPart {
    A(#[unmanaged(release_async = leave)] ::core::option::Option<Int>),
    B,
}

#[derive(::dispose_core::Close, ::dispose_core::SafeHandle)]
#[dispose(borrowed = Borrowed)]
#[cfg_attr(unix, dispose(unsafe(as_fd)))]
struct ByValue {
    #[unmanaged(release = free, always)]
    a: Int,
    b: ::core::marker::PhantomData<Other>,
}

/// An error of the author's.
struct Error;

impl ::core::convert::From<::dispose_core::DisposeError> for Error {
    fn from(_: ::dispose_core::DisposeError) -> Self {
        Error
    }
}

fn keep(_: Int) {}

#[derive(::dispose_core::Close)]
#[dispose(error = ::dispose_core::StatusError)]
struct Counted<T> {
    #[unmanaged(release = close, check = ::dispose_core::status::zero, clone = keep, always, on_error = keep)]
    a: Int,
    b: T,
}

#[derive(::dispose_core::Dispose)]
#[dispose(error = Error)]
struct CountedInPlace {
    #[unmanaged(release = free, clone = |x: Int| keep(x + 1))]
    a: ::core::option::Option<Int>,
    b: ::std::string::String,
}

#[test]
fn counted_ones_run() {
    let counted = ::core::clone::Clone::clone(&Counted { a: 0, b: 1_u8 });
    ::core::assert!(counted.close().is_ok());
    ::core::assert!(Counted { a: 0, b: 1_u8 }.try_close().is_ok());
    let counted =
        CountedInPlace { a: ::core::option::Option::Some(1), b: ::std::string::String::new() };
    ::core::assert!(::core::clone::Clone::clone(&counted).close().is_ok());
    ::core::assert!(counted.try_close().is_ok());
}

#[derive(::dispose_core::Close)]
struct Held {
    #[unmanaged(release = ::dispose_core::Close::close, unsafe(always))]
    a: ::core::mem::ManuallyDrop<ByValue>,
    #[unmanaged(release = |_x| free(self.a.a))]
    b: ::core::option::Option<Int>,
}

fn receive(_: &::dispose_core::DropReport) {}

#[derive(::dispose_core::Dispose)]
#[dispose(on_drop = receive, explicit, forget)]
struct Refused<T> {
    #[unmanaged(release = close, check = ::dispose_core::status::zero, invalid = -1, on_error = keep_if(|_error| true))]
    a: Int,
    #[unmanaged(release = close, drop = free, check = ::dispose_core::status::zero, on_error = keep)]
    b: ::core::option::Option<Int>,
    #[unmanaged(release = close, drop = close, check = ::dispose_core::status::zero, each, on_error = keep_if(|_error| true))]
    c: ::std::vec::Vec<Int>,
    #[unmanaged(release = free, drop = |x: Int| free(x + 1))]
    d: ::core::option::Option<Int>,
    e: T,
}

#[derive(::dispose_core::Close)]
#[dispose(on_drop = |report| receive(::core::convert::identity(report)), forget)]
enum RefusedByValue {
    A(
        #[unmanaged(release = close, drop = free, check = ::dispose_core::status::zero, on_error = keep, always)]
         Int,
        Other,
    ),
    B(#[unmanaged(release = free, always)] Int, #[unmanaged(release = free, always)] Int),
    C,
}

#[test]
fn refused_ones_run() {
    let refused = || Refused {
        a: 1,
        b: ::core::option::Option::Some(1),
        c: ::std::vec![1],
        d: ::core::option::Option::Some(1),
        e: Other,
    };
    ::core::mem::drop(refused());
    ::core::assert!(::dispose_core::TryClose::try_close(refused()).is_ok());
    refused().forget();
    for value in [RefusedByValue::A(1, Other), RefusedByValue::B(1, 2), RefusedByValue::C] {
        ::core::assert!(::dispose_core::TryClose::try_close(value).is_ok());
    }
    RefusedByValue::B(1, 2).forget();
}

#[test]
fn it_runs() {
    let value = InPlace {
        a: 1,
        b: ::core::option::Option::Some(1),
        c: ::std::vec![1],
        d: ::std::vec![1],
        e: Part::A(::core::option::Option::None),
        f: Other,
        g: ByValue { a: 1, b: ::core::marker::PhantomData },
    };
    let closed = ::dispose_core::Close::close(value);
    ::core::assert!(closed.is_ok());
    ::core::mem::drop(Part::B);
}
