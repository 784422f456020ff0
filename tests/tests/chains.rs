//! Printers of chains of errors say each cause once: anyhow's `{:#}`, eyre's report, the subscriber of
//! tracing. The failures are in `Display` already, so a source is what *their* errors have as source.
#![cfg(unix)]

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use dispose_core::{Close, Dispose, DisposeError, TryClose, UsingError, using};
use tracing_subscriber::fmt::MakeWriter;

/// `what`, because of something.
#[derive(Debug)]
struct Because(&'static str, Option<Box<Because>>);

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Because {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// The first of the words, because of the second, because of the third.
fn because(words: &[&'static str]) -> Option<Because> {
    let (first, rest) = words.split_first()?;
    Some(Because(first, because(rest).map(Box::new)))
}

fn fail(words: &'static [&'static str]) -> Result<(), Because> {
    because(words).map_or(Ok(()), Err)
}

type Words = &'static [&'static str];

#[derive(Dispose)]
struct Log {
    #[unmanaged(release = fail)]
    index: Option<Words>,
    #[unmanaged(release = fail)]
    file: Option<Words>,
}

#[derive(Close)]
struct Handle(#[unmanaged(release = fail, on_error = keep, always)] Words);

fn log() -> Log {
    Log {
        index: Some(&["index-lost", "index-cause"]),
        file: Some(&["not-flushed", "disk-full", "no-quota"]),
    }
}

/// What each printer makes of an error, in one line.
fn printed<E: Error + Send + Sync + 'static>(error: impl Fn() -> E) -> [(&'static str, String); 4] {
    let lines = |text: String| text.lines().map(str::trim).collect::<Vec<_>>().join(" | ");
    [
        ("anyhow", format!("{:#}", anyhow::Error::from(error()))),
        ("anyhow's report", lines(format!("{:?}", anyhow::Error::from(error())))),
        ("eyre", format!("{:#}", eyre::Report::from(error()))),
        ("tracing", traced(&error())),
    ]
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn traced(error: &(dyn Error + 'static)) -> String {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(written.clone())
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || tracing::error!(error, "closing"));
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

/// Each of the words is said once, by every printer, and nothing else of this kind.
fn check<E: Error + Send + Sync + 'static>(error: impl Fn() -> E, said: &[&str], unsaid: &[&str]) {
    for (printer, text) in printed(error) {
        for word in said {
            assert_eq!(text.matches(word).count(), 1, "{word} by {printer}: {text}");
        }
        for word in unsaid {
            assert!(!text.contains(word), "{word} by {printer}: {text}");
        }
    }
}

fn dispose_error() -> DisposeError {
    log().dispose().unwrap_err()
}

#[test]
fn of_a_dispose_error() {
    assert_eq!(
        format!("{:#}", anyhow::Error::from(dispose_error())),
        "failed to dispose `Log`: file: not-flushed; index: index-lost: disk-full: no-quota"
    );
    assert_eq!(dispose_error().source().unwrap().to_string(), "disk-full");
    // The chain is the first failure's; the other's causes are in its own `error()`.
    let said = ["failed to dispose", "not-flushed", "index-lost", "disk-full", "no-quota"];
    check(dispose_error, &said, &["index-cause"]);
    check(
        || Log { index: Some(&["index-lost"]), file: None }.close().unwrap_err(),
        &["index-lost"],
        &[],
    );
}

#[test]
fn of_nested_ones() {
    #[derive(Dispose)]
    struct Owner(#[dispose] Log, #[unmanaged(release = Close::close)] Option<Handle>);

    let nested = || Owner(log(), Some(Handle(&["refused", "busy"]))).dispose().unwrap_err();
    assert_eq!(
        format!("{:#}", anyhow::Error::from(nested())),
        "failed to dispose `Owner`: 1.0: refused; 0.file: not-flushed; 0.index: index-lost: busy"
    );
    let said = ["failed to dispose", "refused", "busy", "not-flushed", "index-lost"];
    check(nested, &said, &["disk-full", "index-cause"]);
}

#[test]
fn of_using() {
    let using = |body: Words, file: Words| {
        move || -> UsingError<Because> {
            using(Log { index: None, file: Some(file) }, |_| fail(body)).unwrap_err()
        }
    };
    check(using(&["body", "inner"], &[]), &["body", "inner"], &["failed to dispose"]);
    let said = ["failed to dispose", "not-flushed", "disk-full"];
    check(using(&[], &["not-flushed", "disk-full"]), &said, &["body"]);
    // Both are displayed; the chain is the body's.
    check(
        using(&["body", "inner"], &["not-flushed", "disk-full"]),
        &["body", "inner", "failed to dispose", "not-flushed"],
        &["disk-full"],
    );
    let both = using(&["body", "inner"], &["not-flushed"])();
    assert_eq!(
        format!("{:#}", anyhow::Error::from(both)),
        "body; failed to dispose `Log`: file: not-flushed: inner"
    );
}

#[test]
fn of_try_close_and_of_what_wraps_an_error() {
    let refused = || Handle(&["refused", "busy", "in-use"]).try_close().unwrap_err();
    dispose_core::set_drop_hook(Some(|_| ()));
    check(refused, &["failed to dispose", "refused", "busy", "in-use"], &[]);
    let wrapped = || io::Error::other(dispose_error());
    check(wrapped, &["failed to dispose", "not-flushed", "disk-full", "no-quota"], &[]);
}

#[test]
fn of_one_with_a_context() {
    use anyhow::Context as _;
    let error = Err::<(), _>(dispose_error()).context("closing the log").unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "closing the log: failed to dispose `Log`: file: not-flushed; index: index-lost: disk-full: no-quota"
    );
    assert_eq!(error.downcast_ref::<DisposeError>().unwrap().len(), 2);
}
