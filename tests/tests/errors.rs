//! A failing release does not stop the others, and every failure is in the error, with its place.

use std::error::Error;
use std::{fmt, io};

use dispose_core::{Close, Dispose, DisposeError, status};
use dispose_tests::{Handle, Refused, log, logged, paths, record_reports, release, reported};

#[derive(Dispose)]
struct Four {
    #[unmanaged(release = release)]
    a: Option<Handle>,
    #[unmanaged(release = release)]
    b: Option<Handle>,
    #[unmanaged(release = release)]
    c: Option<Handle>,
    #[unmanaged(release = release)]
    d: Option<Handle>,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Four handles; those whose bit is set fail.
fn four(failing: u32) -> Four {
    let handle = |n: usize| {
        let fails = failing & (1 << n) != 0;
        Some(if fails { Handle::failing(NAMES[n]) } else { Handle::new(NAMES[n]) })
    };
    Four { a: handle(0), b: handle(1), c: handle(2), d: handle(3) }
}

fn expected(failing: u32) -> Vec<&'static str> {
    (0..4).rev().filter(|n| failing & (1 << n) != 0).map(|n| NAMES[n]).collect()
}

fn check(failing: u32, result: &Result<(), DisposeError>) {
    assert_eq!(logged(), "d c b a");
    let paths = result.as_ref().err().map(paths).unwrap_or_default();
    assert_eq!(paths, expected(failing));
    if let Err(error) = result {
        assert_eq!(error.len(), paths.len());
        assert_eq!(error.first().path(), paths[0]);
        assert_eq!(error.last().path(), paths[paths.len() - 1]);
        assert_eq!(error.type_name(), "Four");
    }
}

#[test]
fn every_subset_of_failures_is_reported_and_everything_is_released() {
    for failing in 0..16 {
        let mut value = four(failing);
        check(failing, &value.dispose());
        assert!(value.is_disposed());
        check(failing, &four(failing).close());
    }
}

#[test]
fn failures_in_drop_go_to_the_hook() {
    record_reports();
    drop(four(0));
    assert_eq!(logged(), "d c b a");
    assert_eq!(reported(), [""; 0]);
    drop(four(0b1010));
    assert_eq!(logged(), "d c b a");
    assert_eq!(reported(), ["Four [failed to dispose `Four`: d: d refused; b: b refused]"]);
}

#[test]
fn the_text_is_one_line_with_all_paths_and_causes() {
    let error = four(0b0110).dispose().unwrap_err();
    assert_eq!(logged(), "d c b a");
    assert_eq!(error.to_string(), "failed to dispose `Four`: c: c refused; b: b refused");
    let debug = format!("{error:?}");
    assert!(debug.contains("Four") && debug.contains("Refused(\"b\")"), "{debug}");
}

#[test]
fn a_cause_of_several_lines_becomes_one() {
    #[derive(Debug)]
    struct Lines;
    impl fmt::Display for Lines {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("one\ntwo\r\nthree")
        }
    }
    impl Error for Lines {}

    #[derive(Dispose)]
    struct Talker(#[unmanaged(release = |()| Err(Lines))] Option<()>);
    let error = Talker(Some(())).dispose().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Talker`: 0: one two three");
}

#[test]
fn causes_are_found_by_type_and_handed_out_by_value() {
    #[derive(Dispose)]
    struct Mixed {
        #[unmanaged(release = release)]
        refused: Option<Handle>,
        #[unmanaged(release = |_| Err(io::Error::other("io")))]
        io: Option<i32>,
        #[unmanaged(release = |code| code, check = status::zero)]
        code: Option<i32>,
    }
    let mixed = || Mixed { refused: Some(Handle::failing("r")), io: Some(1), code: Some(7) };
    let error = mixed().dispose().unwrap_err();
    assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused("r")));
    assert_eq!(error.downcast_ref::<dispose_core::StatusError>().unwrap().code(), 7);
    assert!(error.source().is_none(), "the failures are displayed already");
    assert_eq!(error.first().error().to_string(), "status 7");
    assert_eq!(error.failures().next_back().unwrap().path(), "refused");
    assert!(error.downcast_ref::<fmt::Error>().is_none());
    let error = error.downcast::<Refused>().unwrap_err();
    assert_eq!(error.len(), 3, "nothing is lost");
    let errors: Vec<_> = error.into_failures().map(dispose_core::Failure::into_error).collect();
    assert!(errors[1].is::<io::Error>());
    assert_eq!(logged(), "r");
}

#[test]
fn the_number_of_the_operating_system_is_the_first_that_there_is() {
    #[derive(Dispose)]
    struct Codes {
        #[unmanaged(release = |code| code, check = status::os_code)]
        second: Option<i32>,
        #[unmanaged(release = |code| code, check = status::os_code)]
        first: Option<i32>,
        #[unmanaged(release = |()| Err(io::Error::other("no number")))]
        io: Option<()>,
        #[unmanaged(release = |code| code, check = status::zero)]
        status: Option<i32>,
    }
    #[derive(Dispose)]
    struct Owner(#[dispose] Codes);

    let number = |second, first| {
        let mut codes = Codes { second, first, io: Some(()), status: Some(7) };
        codes.dispose().unwrap_err().raw_os_error()
    };
    assert_eq!(number(Some(5), Some(28)), Some(28));
    assert_eq!(number(Some(5), None), Some(5));
    assert_eq!(number(None, None), None);
    let mut owner = Owner(Codes { second: None, first: Some(28), io: None, status: None });
    assert_eq!(owner.dispose().unwrap_err().raw_os_error(), Some(28));
}

#[test]
fn a_single_cause_comes_out_as_itself() {
    let error = four(1).dispose().unwrap_err();
    assert_eq!(error.downcast::<Refused>().unwrap(), Refused("a"));
    let error = four(0b11).dispose().unwrap_err();
    assert_eq!(error.downcast::<Refused>().unwrap_err().len(), 2, "one of several is not alone");
    assert_eq!(logged(), "d c b a d c b a");
    let error = four(1).dispose().unwrap_err();
    assert_eq!(logged(), "d c b a");
    let error = error.downcast::<io::Error>().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Four`: a: a refused");
}

#[test]
fn an_error_is_one_pointer_and_can_be_sent() {
    fn sent<T: Send + Sync + 'static>() {}
    sent::<DisposeError>();
    assert_eq!(size_of::<DisposeError>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), DisposeError>>(), size_of::<usize>());
}

#[derive(Dispose)]
struct Session {
    #[unmanaged(release = release)]
    socket: Option<Handle>,
}

#[test]
fn a_path_leads_to_the_resource() {
    #[derive(Close)]
    struct Socket {
        #[unmanaged(release = release, always)]
        fd: Handle,
    }

    #[derive(Dispose)]
    #[dispose(before = |_| Err(Refused("before")))]
    struct Paths {
        #[dispose]
        session: Session,
        #[unmanaged(release = release, each)]
        handles: Vec<Handle>,
        #[dispose]
        pool: Vec<Session>,
        #[dispose]
        pair: (Session, [Session; 1]),
        #[unmanaged(release = Close::close)]
        part: Option<Socket>,
        #[unmanaged(release = Close::close, each)]
        parts: Vec<Socket>,
        #[unmanaged(release = release)]
        r#type: Option<Handle>,
    }

    let session = || Session { socket: Some(Handle::failing("x")) };
    let socket = || Socket { fd: Handle::failing("x") };
    let mut value = Paths {
        session: session(),
        handles: vec![Handle::failing("x"), Handle::new("x"), Handle::failing("x")],
        pool: vec![session(), session()],
        pair: (session(), [session()]),
        part: Some(socket()),
        parts: vec![socket()],
        r#type: Some(Handle::failing("x")),
    };
    let error = value.dispose().unwrap_err();
    assert_eq!(
        paths(&error),
        [
            "before",
            "type",
            "parts[0].fd",
            "part.fd",
            "pair.1[0].socket",
            "pair.0.socket",
            "pool[1].socket",
            "pool[0].socket",
            "handles[2]",
            "handles[0]",
            "session.socket",
        ]
    );
    assert_eq!(logged().split(' ').count(), 11);
}

#[test]
fn a_container_alone_has_paths_of_its_elements() {
    let session = || Session { socket: Some(Handle::failing("x")) };
    let path = |mut value: Box<dyn Dispose>| {
        let error = value.dispose().unwrap_err();
        (error.type_name(), error.first().path().to_owned())
    };
    assert_eq!(path(Box::new(vec![session(), session()])), ("Vec", "[1].socket".into()));
    assert_eq!(path(Box::new((session(), session()))).1, "1.socket");
    assert_eq!(path(Box::new(Some(session()))), ("Session", "socket".into()));
    assert_eq!(path(Box::new(Box::new(session()))), ("Session", "socket".into()));
    assert_eq!(logged(), "x x x x x x");
}

#[test]
fn the_type_is_named_by_its_bare_identifier() {
    #[derive(Dispose)]
    struct Generic<'a, T>(
        #[unmanaged(release = release)] Option<Handle>,
        std::marker::PhantomData<&'a T>,
    );
    #[derive(Close)]
    #[allow(non_camel_case_types)]
    struct r#struct(#[unmanaged(release = release, always)] Handle);
    let failing = || Handle::failing("x");
    let name = |result: Result<(), DisposeError>| result.unwrap_err().type_name();
    assert_eq!(
        name(Generic::<Vec<u8>>(Some(failing()), std::marker::PhantomData).dispose()),
        "Generic"
    );
    assert_eq!(name(r#struct(failing()).close()), "struct");
    assert_eq!(name((Box::new(four(1)) as Box<dyn Dispose>).close()), "Four");
    assert_eq!(logged(), "x x d c b a");
}

impl Four {
    fn close_legacy(self) -> Result<(), Refused> {
        Close::close(self).map_err(|error| error.downcast().expect("one failure"))
    }
}

#[test]
fn a_legacy_close_keeps_its_signature() {
    assert_eq!(four(0).close_legacy(), Ok(()));
    assert_eq!(four(4).close_legacy(), Err(Refused("c")));
    assert_eq!(logged(), "d c b a d c b a");
}

#[test]
fn releases_may_return_nothing_or_never_return() {
    #[derive(Dispose)]
    struct Quiet(#[unmanaged(release = log)] Option<i32>);
    fn exit(_: i32) -> ! {
        panic!("exit")
    }
    #[derive(Dispose)]
    struct Exit(#[unmanaged(release = exit)] Option<i32>);
    Quiet(Some(1)).dispose().unwrap();
    assert_eq!(logged(), "1");
    assert_eq!(dispose_tests::panic_of(|| Exit(Some(1)).dispose()).unwrap(), "exit");
}
