//! `#[dispose(error = E)]`: an inherent `close` and `try_close` with the author's own error. No trait is
//! imported here, which is the point.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use dispose_core::DisposeError;
use dispose_tests::{
    Fate, Handle, Ordinary, Refused, abort, logged, panic_of, poll_times, record_reports, refuse,
    release, release_async, reported,
};

/// Derives by their paths, so that no trait comes with them.
macro_rules! in_place {
    ($($item:tt)*) => { #[derive(dispose_core::Dispose)] $($item)* };
}
macro_rules! by_value {
    ($($item:tt)*) => { #[derive(dispose_core::Close)] $($item)* };
}

#[test]
fn the_releases_own_error_comes_out_as_it_is() {
    by_value! {
        #[dispose(error = Refused)]
        struct Socket {
            _first: Ordinary,
            #[unmanaged(release = release, always)]
            handle: Handle,
        }
    }

    fn socket(handle: Handle) -> Socket {
        Socket { _first: Ordinary("1"), handle }
    }

    record_reports();
    assert_eq!(socket(Handle::new("a")).close(), Ok(()));
    assert_eq!(socket(Handle::failing("b")).close(), Err(Refused("b")));
    assert_eq!(logged(), "a ~1 b ~1");
    assert_eq!(panic_of(|| socket(Handle::panicking("c")).close()).unwrap(), "c panicked");
    assert_eq!(logged(), "c ~1");
    drop(socket(Handle::failing("d")));
    assert_eq!(logged(), "d ~1");
    assert_eq!(reported(), ["Socket [failed to dispose `Socket`: handle: d refused]"]);
}

#[test]
fn a_close_of_another_name_hands_out_the_same_error() {
    by_value! {
        struct Statement {
            #[unmanaged(release = release, always)]
            handle: Handle,
        }
    }

    impl Statement {
        /// What a crate has published under another name keeps it.
        fn finalize(self) -> Result<(), Refused> {
            dispose_core::Close::close(self).map_err(|error| error.downcast().unwrap())
        }
    }

    assert_eq!(Statement { handle: Handle::new("a") }.finalize(), Ok(()));
    assert_eq!(Statement { handle: Handle::failing("b") }.finalize(), Err(Refused("b")));
    assert_eq!(logged(), "a b");
}

in_place! {
    #[dispose(error = Refused)]
    struct Owner {
        #[unmanaged(release = release, on_error = keep)]
        kept: Option<Handle>,
        _first: Ordinary,
    }
}

fn owner(name: &'static str) -> Owner {
    Owner { kept: Handle::some(name), _first: Ordinary("1") }
}

#[test]
fn try_close_gives_the_value_back_if_it_is_alive() {
    refuse(&["k"]);
    let (value, error) = owner("k").try_close().unwrap_err();
    assert_eq!(error, Refused("k"));
    assert_eq!(logged(), "k");
    let (value, _) = value.unwrap().try_close().unwrap_err();
    let value = value.unwrap();
    refuse(&[]);
    assert!(value.try_close().is_ok());
    assert_eq!(logged(), "k k ~1");
    refuse(&["k"]);
    assert_eq!(owner("k").close(), Err(Refused("k")), "the last attempt");
    assert_eq!(logged(), "k ~1");
}

#[test]
fn a_value_of_derive_close_comes_back_where_its_error_says_so() {
    by_value! {
        #[dispose(error = Refused)]
        struct Kept {
            #[unmanaged(release = release, on_error = keep_if(|error: &Refused| error.0 == "k"), always)]
            handle: Handle,
        }
    }

    let (value, error) = Kept { handle: Handle::failing("k") }.try_close().unwrap_err();
    assert_eq!(error, Refused("k"));
    assert_eq!(value.unwrap().close(), Err(Refused("k")));
    let (value, error) = Kept { handle: Handle::failing("g") }.try_close().unwrap_err();
    assert!(value.is_none());
    assert_eq!(error, Refused("g"));
    assert_eq!(logged(), "k k g");
}

#[test]
fn a_drop_of_its_own_does_not_add_to_what_close_returns() {
    in_place! {
        #[dispose(error = Refused)]
        struct Finally {
            #[unmanaged(release = release, drop = abort, check = std::convert::identity)]
            handle: Option<Handle>,
        }
    }

    assert_eq!(Finally { handle: Some(Handle::failing("f")) }.close(), Err(Refused("f")));
    drop(Finally { handle: Handle::some("g") });
    let (value, error) = Finally { handle: Some(Handle::failing("h")) }.try_close().unwrap_err();
    assert!(value.is_none());
    assert_eq!(error, Refused("h"));
    assert_eq!(logged(), "f !g h");
}

/// An error made of all that failed.
#[derive(Debug, PartialEq)]
struct MyError(String);

impl From<DisposeError> for MyError {
    fn from(error: DisposeError) -> Self {
        Self(error.to_string())
    }
}

#[test]
fn several_failures_are_one_error_of_the_authors() {
    in_place! {
        #[dispose(error = MyError, before = |_| Err::<(), _>(Refused("before")))]
        struct Several {
            #[unmanaged(release = release, on_error = keep, drop = release)]
            kept: Option<Handle>,
            #[unmanaged(release = release, each)]
            each: Vec<Handle>,
            #[dispose]
            part: Option<Owner>,
        }
    }

    refuse(&["k", "e", "p"]);
    let several = || Several {
        kept: Handle::some("k"),
        each: vec![Handle::new("e"), Handle::new("e")],
        part: Some(owner("p")),
    };
    let all = "before: before refused; part.kept: p refused; each[1]: e refused; each[0]: e refused; kept: k refused; kept: k refused";
    assert_eq!(several().close(), Err(MyError(format!("failed to dispose `Several`: {all}"))));
    let (value, error) = several().try_close().unwrap_err();
    assert_eq!(
        error.0,
        "failed to dispose `Several`: before: before refused; part.kept: p refused"
    );
    assert!(value.unwrap().close().is_err());
    assert_eq!(logged(), "p e e k k ~1 p p e e k k ~1");
}

#[test]
fn from_comes_first_where_there_is_one() {
    by_value! {
        #[dispose(error = MyError)]
        struct OneByFrom(#[unmanaged(release = release, always)] Handle);
    }

    by_value! {
        #[dispose(error = DisposeError)]
        struct Plain(#[unmanaged(release = release, always)] Handle);
    }

    by_value! {
        #[dispose(error = Box<dyn Error + Send + Sync>)]
        struct Boxed(#[unmanaged(release = release, always)] Handle);
    }

    by_value! {
        #[dispose(error = Infallible)]
        struct Cannot(#[unmanaged(release = |_| (), always)] Handle);
    }

    let text = "failed to dispose `OneByFrom`: 0: x refused";
    assert_eq!(OneByFrom(Handle::failing("x")).close(), Err(MyError(text.into())));
    assert_eq!(Plain(Handle::failing("x")).close().unwrap_err().len(), 1);
    let boxed = Boxed(Handle::failing("x")).close().unwrap_err();
    assert!(boxed.is::<DisposeError>());
    let Ok(()) = Cannot(Handle::failing("x")).close();
    assert_eq!(logged(), "x x x");
}

#[test]
fn generic_types_know_it_by_their_bounds() {
    /// A library's own error, whatever it is.
    trait Library {
        type Error: Error + Send + Sync + 'static;
        fn close(handle: Handle) -> Result<(), Self::Error>;
    }

    struct Real;

    impl Library for Real {
        type Error = Refused;
        fn close(handle: Handle) -> Result<(), Refused> {
            release(handle)
        }
    }

    by_value! {
        #[dispose(error = L::Error)]
        struct Generic<L: Library> {
            #[unmanaged(release = L::close, always)]
            handle: Handle,
            library: PhantomData<L>,
        }
    }

    in_place! {
        #[dispose(error = E)]
        struct Any<E> where E: From<DisposeError> {
            #[unmanaged(release = release)]
            handle: Option<Handle>,
            error: PhantomData<E>,
        }
    }

    let generic = Generic::<Real> { handle: Handle::failing("x"), library: PhantomData };
    assert_eq!(generic.close(), Err(Refused("x")));
    let any = Any::<MyError> { handle: Some(Handle::failing("x")), error: PhantomData };
    assert_eq!(any.close().unwrap_err().0, "failed to dispose `Any`: handle: x refused");
    assert_eq!(logged(), "x x");
}

#[test]
fn each_variant_has_one_release() {
    in_place! {
        #[dispose(error = Refused)]
        enum Either {
            File(#[unmanaged(release = release)] Option<Handle>, #[allow(dead_code)] Ordinary),
            Pipe { #[unmanaged(release = |pipe| release(Handle(pipe.0, *fate)))] pipe: Option<Handle>, fate: Fate },
            Nothing,
        }
    }

    let file = |fate| Either::File(Some(Handle("f", fate)), Ordinary("o"));
    assert_eq!(file(Fate::Succeed).close(), Ok(()));
    assert_eq!(file(Fate::Fail).close(), Err(Refused("f")));
    let pipe = Either::Pipe { pipe: Handle::some("p"), fate: Fate::Fail };
    assert_eq!(pipe.close(), Err(Refused("p")));
    assert_eq!(Either::Nothing.close(), Ok(()));
    assert_eq!(logged(), "f ~o f ~o p");
}

#[test]
fn an_asynchronous_owner_closes_by_its_synchronous_release() {
    #[derive(dispose_core::Dispose, dispose_core::AsyncDispose)]
    #[dispose(error = Refused)]
    struct Awaited {
        #[unmanaged(release_async = release_async, release = release)]
        handle: Option<Handle>,
    }

    assert_eq!(Awaited { handle: Some(Handle::failing("x")) }.close(), Err(Refused("x")));
    let mut awaited = Awaited { handle: Handle::some("y") };
    let done = poll_times(dispose_core::AsyncDispose::dispose_async(&mut awaited), 9);
    done.unwrap().unwrap();
    assert_eq!(logged(), "x (y y");
}

mod elsewhere {
    use super::{Handle, Refused, release};

    #[derive(dispose_core::Close)]
    #[dispose(error = Refused)]
    pub(super) struct Visible(#[unmanaged(release = release, always)] Handle);

    pub(super) fn new(handle: Handle) -> Visible {
        Visible(handle)
    }
}

#[test]
fn it_is_as_visible_as_the_type_and_comes_before_the_trait() {
    use dispose_core::Close;

    let closed: Result<(), Refused> = elsewhere::new(Handle::failing("x")).close();
    assert_eq!(closed, Err(Refused("x")));
    let closed: Result<(), DisposeError> = Close::close(elsewhere::new(Handle::failing("x")));
    assert_eq!(closed.unwrap_err().to_string(), "failed to dispose `Visible`: 0: x refused");
    assert_eq!(logged(), "x x");
}

#[test]
fn an_error_can_be_made_of_the_authors_own() {
    use dispose_core::Close;

    /// A hand-written `Close` over an error of the crate's own.
    struct Transaction(Handle);

    impl dispose_core::Close for Transaction {
        fn close(self) -> Result<(), DisposeError> {
            release(self.0).map_err(|error| DisposeError::new::<Self>("commit", error))
        }
    }

    #[derive(dispose_core::Close)]
    struct WithTransaction {
        #[unmanaged(release = dispose_core::Close::close)]
        transaction: Option<Transaction>,
    }

    let error = Transaction(Handle::failing("x")).close().unwrap_err();
    assert_eq!(error.type_name(), "Transaction");
    assert_eq!((error.first().path(), error.len()), ("commit", 1));
    assert_eq!(error.downcast::<Refused>().unwrap(), Refused("x"));
    let owner = WithTransaction { transaction: Some(Transaction(Handle::failing("x"))) };
    let text = "failed to dispose `WithTransaction`: transaction.commit: x refused";
    assert_eq!(owner.close().unwrap_err().to_string(), text);
    let inner = DisposeError::new::<Handle>("a", Refused("x"));
    let error = DisposeError::new::<[Handle]>("b", inner);
    assert_eq!((error.first().path(), error.len()), ("b.a", 1));
    let error = DisposeError::new::<Transaction>("text", format!("{} lost", 2));
    assert_eq!(error.to_string(), "failed to dispose `Transaction`: text: 2 lost");
    assert_eq!(logged(), "x x");
}

#[test]
fn the_code_in_a_result_is_an_error() {
    use dispose_core::{Close, StatusError, status};

    struct Unit;

    impl fmt::Display for Unit {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("unit")
        }
    }

    #[derive(dispose_core::Close)]
    #[dispose(error = StatusError)]
    struct Context(
        #[unmanaged(release = |code: i32| Err::<Unit, i32>(code), check = status::code, always)]
        i32,
    );

    assert_eq!(Context(-34).close().unwrap_err().code(), -34);
    let error = Close::close(Context(-34)).unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Context`: 0: status -34");
    assert_eq!(status::code(Ok::<_, u8>(Unit.to_string())), Ok(()));
}

#[test]
fn a_release_that_returns_nothing_may_name_infallible() {
    #[derive(dispose_core::Close)]
    #[dispose(error = std::convert::Infallible)]
    struct Silent {
        #[unmanaged(release = drop)]
        value: Option<i32>,
    }
    let Ok(()) = Silent { value: Some(1) }.close();
}
