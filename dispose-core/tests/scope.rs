//! `using` and `UsingError`

#![cfg(all(feature = "derive", feature = "std"))]

mod support;

use std::error::Error;
use std::fmt;

use dispose_core::{Close, Dispose, DisposeError, UsingError, using};

use crate::support::{Handle, Refused, logged, panic_of, record_reports, release, reported};

#[derive(Dispose)]
struct InPlace {
    #[unmanaged(release = release)]
    handle: Option<Handle>,
    uses: u32,
}

#[derive(Close)]
struct ByValue {
    #[unmanaged(release = release)]
    handle: Option<Handle>,
    uses: u32,
}

/// By hand, and without a `Drop` of its own.
struct ByHand {
    handle: Handle,
    uses: u32,
}

impl Close for ByHand {
    fn close(self) -> Result<(), DisposeError> {
        InPlace { handle: Some(self.handle), uses: 0 }.close()
    }
}

trait Resource: Close {
    fn new(handle: Handle) -> Self;
    fn uses(&mut self) -> &mut u32;
}

impl Resource for InPlace {
    fn new(handle: Handle) -> Self {
        Self { handle: Some(handle), uses: 0 }
    }
    fn uses(&mut self) -> &mut u32 {
        &mut self.uses
    }
}

impl Resource for ByValue {
    fn new(handle: Handle) -> Self {
        Self { handle: Some(handle), uses: 0 }
    }
    fn uses(&mut self) -> &mut u32 {
        &mut self.uses
    }
}

impl Resource for ByHand {
    fn new(handle: Handle) -> Self {
        Self { handle, uses: 0 }
    }
    fn uses(&mut self) -> &mut u32 {
        &mut self.uses
    }
}

#[derive(Debug, PartialEq)]
struct Typed(u8);

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "typed {}", self.0)
    }
}

impl Error for Typed {}

fn every_way_out<T: Resource>() {
    record_reports();
    let good = || T::new(Handle::new("good"));
    let bad = || T::new(Handle::failing("bad"));

    let value = using(good(), |resource| {
        *resource.uses() += 1;
        *resource.uses() += 1;
        assert_eq!(logged(), "", "not while the body runs");
        Ok::<_, Typed>(*resource.uses())
    });
    assert_eq!(value.unwrap(), 2);
    assert_eq!(logged(), "good");

    let error = using(good(), |_| Err::<(), _>(Typed(3))).unwrap_err();
    assert_eq!(error.to_string(), "typed 3");
    assert!(error.source().is_none(), "the body's error is said already");
    assert!(matches!(error, UsingError::Body(Typed(3))));
    assert_eq!(logged(), "good");

    let error = using(bad(), |_| Ok::<_, Typed>(5)).unwrap_err();
    assert!(error.to_string().ends_with(": handle: bad refused"), "{error}");
    assert!(error.source().is_none(), "the failure is said already");
    let UsingError::Dispose(dispose) = error else { panic!("{error}") };
    assert_eq!(dispose.first().path(), "handle");
    assert_eq!(logged(), "bad");

    let error = using(bad(), |_| Err::<(), _>(Typed(4))).unwrap_err();
    assert!(error.to_string().starts_with("typed 4; failed to dispose `"), "{error}");
    assert!(error.to_string().ends_with(": handle: bad refused"), "{error}");
    assert!(error.source().is_none(), "both are said already");
    let UsingError::Both { body, dispose } = error else { panic!("{error}") };
    assert_eq!(body, Typed(4));
    assert_eq!(dispose.downcast::<Refused>().unwrap(), Refused("bad"));
    assert_eq!(logged(), "bad");
    assert_eq!(reported(), [""; 0], "all was returned");

    let panics = |resource| {
        let body = |_: &mut T| -> Result<(), Typed> { panic!("in the body") };
        assert_eq!(panic_of(|| using(resource, body)).unwrap(), "in the body");
    };
    panics(good());
    assert_eq!(logged(), "good");
    assert_eq!(reported(), [""; 0]);
    panics(bad());
    assert_eq!(logged(), "bad");
    let reports = reported();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].ends_with(": handle: bad refused]"), "{reports:?}");
}

#[test]
fn every_way_out_of_an_owner_in_place() {
    every_way_out::<InPlace>();
}

#[test]
fn every_way_out_of_an_owner_by_value() {
    every_way_out::<ByValue>();
}

#[test]
fn every_way_out_of_an_owner_by_hand() {
    every_way_out::<ByHand>();
}

#[test]
fn a_body_may_dispose_itself() {
    using(InPlace::new(Handle::new("a")), InPlace::dispose).unwrap();
    assert_eq!(logged(), "a");
}

#[test]
fn it_nests() {
    let error = using(ByValue::new(Handle::failing("outer")), |_| {
        using(ByValue::new(Handle::failing("inner")), |_| {
            assert_eq!(logged(), "");
            Err::<(), _>(Typed(1))
        })
    })
    .unwrap_err();
    assert_eq!(logged(), "inner outer");
    let UsingError::Both { body: UsingError::Both { body: Typed(1), .. }, .. } = error else {
        panic!("{error}")
    };
}

#[test]
fn a_panic_in_the_release_goes_on() {
    let value = ByValue::new(Handle::panicking("a"));
    assert_eq!(
        panic_of(|| using(value, |value| Ok::<_, Typed>(value.uses))).unwrap(),
        "a panicked"
    );
    assert_eq!(logged(), "a");
}

#[test]
fn a_question_mark_takes_a_typed_error() {
    fn run(text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        Ok(using(InPlace::new(Handle::new("a")), |_| text.parse::<u8>())?)
    }
    assert_eq!(run("7").unwrap(), 7);
    let error = run("x").unwrap_err();
    assert!(error.is::<UsingError<std::num::ParseIntError>>());
    assert_eq!(logged(), "a a");
}

#[test]
fn a_question_mark_takes_an_error_of_any_type() {
    /// Made like `anyhow::Error`: of every error, and no `Error` itself.
    #[derive(Debug)]
    struct Any(Box<dyn Error + Send + Sync>);

    impl<E: Error + Send + Sync + 'static> From<E> for Any {
        fn from(error: E) -> Self {
            Self(Box::new(error))
        }
    }

    impl From<Any> for Box<dyn Error + Send + Sync> {
        fn from(error: Any) -> Self {
            error.0
        }
    }

    fn run(handle: Handle, text: &str) -> Result<u8, Any> {
        let value = using(ByValue::new(handle), |_| {
            let value: u8 = text.parse()?;
            if value > 9 { Err(Typed(value).into()) } else { Ok::<_, Any>(value) }
        })
        .map_err(UsingError::boxed)?;
        Ok(value)
    }

    assert_eq!(run(Handle::new("a"), "7").unwrap(), 7);
    let error = run(Handle::failing("b"), "10").unwrap_err();
    let text = error.0.to_string();
    assert_eq!(text, "typed 10; failed to dispose `ByValue`: handle: b refused");
    let UsingError::Both { body, .. } = *error.0.downcast::<UsingError<_>>().unwrap() else {
        panic!("{text}")
    };
    let body: dispose_core::BodyError = body;
    assert_eq!(format!("{body:?} {body}"), "Typed(10) typed 10", "as the error itself");
    assert!(body.source().is_none());
    assert_eq!(*body.into_inner().downcast::<Typed>().unwrap(), Typed(10));
    assert!(run(Handle::new("c"), "x").is_err());
    assert_eq!(logged(), "a b c");
}

#[test]
fn a_boxed_body_has_the_source_of_its_error() {
    /// An error with a source.
    #[derive(Debug)]
    struct Above(Typed);

    impl std::fmt::Display for Above {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("above")
        }
    }

    impl Error for Above {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    type Anything = Box<dyn Error + Send + Sync>;
    let nested = Above(Typed(3));
    let result = using(ByValue::new(Handle::new("a")), |_| Err::<(), Anything>(nested.into()));
    let UsingError::Body(body) = result.unwrap_err().boxed() else { panic!("the body failed") };
    assert_eq!(body.source().map(ToString::to_string).as_deref(), Some("typed 3"));
    assert_eq!(logged(), "a");
}
