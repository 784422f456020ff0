//! `using` and `UsingError`

#![cfg(all(feature = "derive", feature = "std"))]

mod support;

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use dispose_core::{Close, Dispose, DisposeError, UsingError, using};

use crate::support::reports;

fn release((fails, released): (bool, Rc<Cell<u32>>)) -> io::Result<()> {
    released.set(released.get() + 1);
    if fails { Err(io::Error::other("disk full")) } else { Ok(()) }
}

#[derive(Dispose)]
struct InPlace {
    #[unmanaged(release = release)]
    handle: Option<(bool, Rc<Cell<u32>>)>,
    uses: u32,
}

#[derive(Close)]
struct ByValue {
    #[unmanaged(release = release)]
    handle: Option<(bool, Rc<Cell<u32>>)>,
    uses: u32,
}

/// By hand, and without a `Drop` of its own.
struct ByHand {
    handle: (bool, Rc<Cell<u32>>),
    uses: u32,
}

impl Close for ByHand {
    fn close(self) -> Result<(), DisposeError> {
        InPlace { handle: Some(self.handle), uses: 0 }.close()
    }
}

trait Resource: Close {
    fn new(fails: bool, released: &Rc<Cell<u32>>) -> Self;
    fn uses(&mut self) -> &mut u32;
}

impl Resource for InPlace {
    fn new(fails: bool, released: &Rc<Cell<u32>>) -> Self {
        Self { handle: Some((fails, Rc::clone(released))), uses: 0 }
    }
    fn uses(&mut self) -> &mut u32 {
        &mut self.uses
    }
}

impl Resource for ByValue {
    fn new(fails: bool, released: &Rc<Cell<u32>>) -> Self {
        Self { handle: Some((fails, Rc::clone(released))), uses: 0 }
    }
    fn uses(&mut self) -> &mut u32 {
        &mut self.uses
    }
}

impl Resource for ByHand {
    fn new(fails: bool, released: &Rc<Cell<u32>>) -> Self {
        Self { handle: (fails, Rc::clone(released)), uses: 0 }
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
    reports();
    let released = Rc::new(Cell::new(0));
    let new = |fails| {
        released.set(0);
        T::new(fails, &released)
    };

    let value = using(new(false), |resource| {
        *resource.uses() += 1;
        *resource.uses() += 1;
        assert_eq!(released.get(), 0, "not while the body runs");
        Ok::<_, Typed>(*resource.uses())
    });
    assert_eq!(value.unwrap(), 2);
    assert_eq!(released.get(), 1);

    let error = using(new(false), |_| Err::<(), _>(Typed(3))).unwrap_err();
    assert_eq!(error.to_string(), "typed 3");
    assert!(error.source().is_none(), "the body's error is said already");
    assert!(matches!(error, UsingError::Body(Typed(3))));
    assert_eq!(released.get(), 1);

    let error = using(new(true), |_| Ok::<_, Typed>(5)).unwrap_err();
    assert!(error.to_string().ends_with(": handle: disk full"), "{error}");
    assert!(error.source().is_none(), "the failure is said already");
    let UsingError::Dispose(dispose) = error else { panic!("{error}") };
    assert_eq!(dispose.first().path(), "handle");
    assert_eq!(released.get(), 1);

    let error = using(new(true), |_| Err::<(), _>(Typed(4))).unwrap_err();
    assert!(error.to_string().starts_with("typed 4; failed to dispose `"), "{error}");
    assert!(error.to_string().ends_with(": handle: disk full"), "{error}");
    assert!(error.source().is_none(), "both are said already");
    let UsingError::Both { body, dispose } = error else { panic!("{error}") };
    assert_eq!(body, Typed(4));
    assert_eq!(dispose.downcast::<io::Error>().unwrap().to_string(), "disk full");
    assert_eq!(released.get(), 1);
    assert!(reports().is_empty(), "all was returned");

    let panic = |fails| {
        let resource = new(fails);
        let body = |_: &mut T| -> Result<(), Typed> { panic!("in the body") };
        let panic = catch_unwind(AssertUnwindSafe(|| using(resource, body))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"in the body"));
        assert_eq!(released.get(), 1);
    };
    panic(false);
    assert!(reports().is_empty());
    panic(true);
    let reports = reports();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].ends_with(": handle: disk full"), "{reports:?}");
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
    let released = Rc::new(Cell::new(0));
    using(InPlace::new(false, &released), InPlace::dispose).unwrap();
    assert_eq!(released.get(), 1);
}

#[test]
fn it_nests() {
    let (outer, inner) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let error = using(ByValue::new(true, &outer), |_| {
        using(ByValue::new(true, &inner), |_| {
            assert_eq!((outer.get(), inner.get()), (0, 0));
            Err::<(), _>(Typed(1))
        })
    })
    .unwrap_err();
    assert_eq!((outer.get(), inner.get()), (1, 1));
    let UsingError::Both { body: UsingError::Both { body: Typed(1), .. }, .. } = error else {
        panic!("{error}")
    };
}

#[test]
fn a_panic_in_the_release_goes_on() {
    #[derive(Close)]
    struct Bomb {
        #[unmanaged(release = explode, always)]
        raw: u8,
    }

    fn explode(raw: u8) {
        panic!("in the release of {raw}");
    }

    let panic = catch_unwind(|| using(Bomb { raw: 1 }, |bomb| Ok::<_, Typed>(bomb.raw)));
    let message = panic.unwrap_err();
    assert_eq!(message.downcast_ref::<String>().unwrap(), "in the release of 1");
}

#[test]
fn a_question_mark_takes_a_typed_error() {
    fn run(released: &Rc<Cell<u32>>, text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        Ok(using(InPlace::new(false, released), |_| text.parse::<u8>())?)
    }
    let released = Rc::new(Cell::new(0));
    assert_eq!(run(&released, "7").unwrap(), 7);
    let error = run(&released, "x").unwrap_err();
    assert!(error.is::<UsingError<std::num::ParseIntError>>());
    assert_eq!(released.get(), 2);
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

    fn run(fails: bool, text: &str) -> Result<u8, Any> {
        let released = Rc::new(Cell::new(0));
        let value = using(ByValue::new(fails, &released), |_| {
            let value: u8 = text.parse()?;
            if value > 9 { Err(Typed(value).into()) } else { Ok::<_, Any>(value) }
        })
        .map_err(UsingError::boxed)?;
        Ok(value)
    }

    assert_eq!(run(false, "7").unwrap(), 7);
    let error = run(true, "10").unwrap_err();
    let text = error.0.to_string();
    assert_eq!(text, "typed 10; failed to dispose `ByValue`: handle: disk full");
    let UsingError::Both { body, .. } = *error.0.downcast::<UsingError<_>>().unwrap() else {
        panic!("{text}")
    };
    let body: dispose_core::BodyError = body;
    assert_eq!(format!("{body:?} {body}"), "Typed(10) typed 10", "as the error itself");
    assert!(body.source().is_none());
    assert_eq!(*body.into_inner().downcast::<Typed>().unwrap(), Typed(10));
    assert!(run(false, "x").is_err());
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
    let released = Rc::new(Cell::new(0));
    let result = using(ByValue::new(false, &released), |_| Err::<(), Anything>(nested.into()));
    let UsingError::Body(body) = result.unwrap_err().boxed() else { panic!("the body failed") };
    assert_eq!(body.source().map(ToString::to_string).as_deref(), Some("typed 3"));
}
