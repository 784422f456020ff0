//! What the generated programs use: a library whose releases do what is asked of them, and the
//! comparison of each value's life with its prediction.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{error, fmt, mem, panic, process, ptr};

use dispose_core::{
    Close, Dispose, DisposeError, DropReport, StatusError, TryClose, TryCloseError, set_drop_hook,
};

use crate::shape::{Returned, Shape};
use crate::{Entry, Fate, Seen, model, source};

thread_local! {
    static FATES: RefCell<Vec<Fate>> = const { RefCell::new(Vec::new()) };
    static SEEN: RefCell<Seen> = const { RefCell::new(Seen { log: Vec::new(), results: Vec::new(), reports: Vec::new() }) };
}

/// A handle by the number of its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(pub usize);

/// No handle.
pub const NONE: Handle = Handle(usize::MAX);
/// No handle either.
pub const NEVER: Handle = Handle(usize::MAX - 1);

/// An ordinary field, which logs its drop.
pub struct Ordinary(pub usize);

impl Drop for Ordinary {
    fn drop(&mut self) {
        log(format!("~{}", self.0));
    }
}

/// Reads an ordinary field, which must be alive.
pub fn touch(Ordinary(number): &Ordinary) {
    log(format!("?{number}"));
}

/// A handle in the guise of a pointer, which is never null.
#[must_use]
pub fn pointer(number: usize) -> *mut Handle {
    ptr::without_provenance_mut(number + 1)
}

#[must_use]
pub fn handle(pointer: *mut Handle) -> Handle {
    Handle(pointer.addr() - 1)
}

#[derive(Debug)]
pub struct Refused(usize);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused", self.0)
    }
}

impl error::Error for Refused {}

fn log(entry: String) {
    SEEN.with_borrow_mut(|seen| seen.log.push(entry));
}

/// # Errors
///
/// If that is its fate.
///
/// # Panics
///
/// If that is its fate.
pub fn release(handle: Handle) -> Result<(), Refused> {
    let Handle(number) = handle;
    log(number.to_string());
    match FATES.with_borrow(|fates| fates[number]) {
        Fate::Succeed => Ok(()),
        Fate::Fail | Fate::PanicWhenAsked => Err(Refused(number)),
        Fate::Panic => {
            FATES.with_borrow_mut(|fates| fates[number] = Fate::Succeed);
            panic::panic_any(Expected(number))
        }
    }
}

/// Whether a release that failed left the resource alive, which it did if its number is even.
///
/// # Panics
///
/// If that is its fate.
#[must_use]
pub fn is_alive(Refused(number): &Refused) -> bool {
    let number = *number;
    log(format!("@{number}"));
    if FATES.with_borrow(|fates| fates[number]) == Fate::PanicWhenAsked {
        FATES.with_borrow_mut(|fates| fates[number] = Fate::Fail);
        panic::panic_any(Expected(number));
    }
    number.is_multiple_of(2)
}

/// [`is_alive`] of what [`release_status`] returns.
///
/// # Panics
///
/// As of [`is_alive`].
#[must_use]
pub fn is_alive_by_status(error: &StatusError) -> bool {
    is_alive(&Refused(usize::try_from(error.code() - 1).expect("a number")))
}

/// What `drop` calls, whose number is the next.
///
/// # Errors
///
/// As of [`release`].
pub fn drop_or_fail(Handle(number): Handle) -> Result<(), Refused> {
    release(Handle(number + 1))
}

/// [`drop_or_fail`] with a status.
#[must_use]
pub fn drop_status(Handle(number): Handle) -> i32 {
    release_status(Handle(number + 1))
}

/// [`drop_or_fail`] that cannot fail.
pub fn drop_plain(Handle(number): Handle) {
    release_plain(Handle(number + 1));
}

/// # Errors
///
/// As of [`release`].
///
/// # Safety
///
/// Nothing is asked for.
pub unsafe fn unsafe_drop_or_fail(handle: Handle) -> Result<(), Refused> {
    drop_or_fail(handle)
}

/// # Safety
///
/// Nothing is asked for.
#[must_use]
pub unsafe fn unsafe_drop_status(handle: Handle) -> i32 {
    drop_status(handle)
}

/// # Safety
///
/// Nothing is asked for.
pub unsafe fn unsafe_drop_plain(handle: Handle) {
    drop_plain(handle);
}

/// Not 0 if it fails.
#[must_use]
pub fn release_status(handle: Handle) -> i32 {
    match release(handle) {
        Ok(()) => 0,
        Err(Refused(number)) => i32::try_from(number).unwrap_or(i32::MAX - 1) + 1,
    }
}

/// # Panics
///
/// If its fate is to fail, which it cannot.
pub fn release_plain(handle: Handle) {
    release(handle).expect("it cannot fail");
}

/// # Errors
///
/// As of [`release`].
///
/// # Safety
///
/// Nothing is asked for.
pub unsafe fn unsafe_release(handle: Handle) -> Result<(), Refused> {
    release(handle)
}

/// # Safety
///
/// Nothing is asked for.
#[must_use]
pub unsafe fn unsafe_release_status(handle: Handle) -> i32 {
    release_status(handle)
}

/// # Safety
///
/// Nothing is asked for.
pub unsafe fn unsafe_release_plain(handle: Handle) {
    release_plain(handle);
}

/// # Errors
///
/// As of [`release`].
pub fn before(number: usize) -> Result<(), Refused> {
    release(Handle(number))
}

pub fn before_plain(number: usize) {
    release_plain(Handle(number));
}

/// What a release panics with.
struct Expected(usize);

fn message(panic: &(dyn Any + Send)) -> String {
    match panic.downcast_ref::<Expected>() {
        Some(Expected(number)) => format!("{number} panicked"),
        None => "a panic that was not ordered".into(),
    }
}

/// The root of a shape, whatever its type.
pub trait Root {
    fn dispose(&mut self) -> Option<Result<(), DisposeError>>;
    fn is_held(&self) -> bool;
    /// # Errors
    ///
    /// As of [`Close::close`].
    fn close(self: Box<Self>) -> Result<(), DisposeError>;
    /// With what came back.
    ///
    /// # Errors
    ///
    /// As of [`TryClose::try_close`].
    fn try_close(self: Box<Self>) -> Result<(), (Option<Box<dyn Root>>, DisposeError)>;
}

pub struct InPlace<T>(pub T);
pub struct ByValue<T>(pub T);
/// By value, with a field that may stay.
pub struct Tried<T>(pub T);

type Parts = (Option<Box<dyn Root>>, DisposeError);

fn parts<T, R: Root + 'static>(error: TryCloseError<T>, root: impl FnOnce(T) -> R) -> Parts {
    let (value, error) = error.into_parts();
    (value.map(|value| -> Box<dyn Root> { Box::new(root(value)) }), error)
}

impl<T: Dispose + 'static> Root for InPlace<T> {
    fn dispose(&mut self) -> Option<Result<(), DisposeError>> {
        Some(self.0.dispose())
    }
    fn is_held(&self) -> bool {
        !self.0.is_disposed()
    }
    fn close(self: Box<Self>) -> Result<(), DisposeError> {
        self.0.close()
    }
    fn try_close(self: Box<Self>) -> Result<(), Parts> {
        self.0.try_close().map_err(|error| parts(error, Self))
    }
}

impl<T: Close> Root for ByValue<T> {
    fn dispose(&mut self) -> Option<Result<(), DisposeError>> {
        None
    }
    fn is_held(&self) -> bool {
        true
    }
    fn close(self: Box<Self>) -> Result<(), DisposeError> {
        self.0.close()
    }
    fn try_close(self: Box<Self>) -> Result<(), Parts> {
        unreachable!("it has no such method")
    }
}

impl<T: Close + TryClose + 'static> Root for Tried<T> {
    fn dispose(&mut self) -> Option<Result<(), DisposeError>> {
        None
    }
    fn is_held(&self) -> bool {
        true
    }
    fn close(self: Box<Self>) -> Result<(), DisposeError> {
        self.0.close()
    }
    fn try_close(self: Box<Self>) -> Result<(), Parts> {
        self.0.try_close().map_err(|error| parts(error, Self))
    }
}

fn result_of(call: impl FnOnce() -> Result<(), DisposeError>) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => "ok".into(),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => message(&*panic),
    }
}

fn record(result: String) {
    SEEN.with_borrow_mut(|seen| {
        seen.results.push(result);
        seen.log.push("/".into());
    });
}

fn live(mut root: Box<dyn Root>, entry: Entry) -> Seen {
    match entry {
        Entry::Dispose | Entry::Retry => {
            for _ in 0..2 {
                let result = result_of(|| root.dispose().unwrap_or(Ok(())));
                let held = if root.is_held() { ", held" } else { "" };
                record(format!("{result}{held}"));
                if entry == Entry::Retry {
                    FATES.with_borrow_mut(|fates| fates.fill(Fate::Succeed));
                }
            }
            dropped(root);
        }
        Entry::Drop => dropped(root),
        Entry::Close => record(result_of(|| root.close())),
        Entry::TryClose => {
            let mut back = None;
            let result = result_of(|| {
                root.try_close().map_err(|(value, error)| {
                    back = value;
                    error
                })
            });
            match back {
                None => record(result),
                Some(root) => {
                    record(format!("{result}, back"));
                    dropped(root);
                }
            }
        }
    }
    SEEN.with_borrow_mut(mem::take)
}

fn dropped(root: Box<dyn Root>) {
    record(result_of(|| {
        drop(root);
        Ok(())
    }));
}

/// The faults of one run, by number.
type Faults = Vec<(usize, Fate)>;

/// None, each, and each pair, but for two panics, which would abort.
fn faults(shape: &Shape) -> Vec<Faults> {
    let mut single = Vec::new();
    for (number, result) in shape.returned.iter().enumerate() {
        if matches!(result, Some(Returned::Result | Returned::Status)) {
            single.push((number, Fate::Fail));
        }
        if result.is_some() && !shape.is_shared(number) {
            single.push((number, Fate::Panic));
        }
        if shape.asked.contains(&number) {
            single.push((number, Fate::PanicWhenAsked));
        }
    }
    let mut all = vec![Vec::new()];
    for (n, one) in single.iter().enumerate() {
        all.push(vec![*one]);
        let others = single[..n]
            .iter()
            .filter(|other| other.0 != one.0 && (other.1 == Fate::Fail || one.1 == Fate::Fail));
        all.extend(others.map(|other| vec![*other, *one]));
    }
    all
}

fn record_report(who: &str, report: &DropReport) {
    let forgotten = if report.forgotten() { " forgotten" } else { "" };
    let error = report.error().map_or(String::new(), |error| format!(" [{error}]"));
    let report = format!("{who}{}{forgotten}{error}", report.type_name());
    SEEN.with_borrow_mut(|seen| seen.reports.push(report));
}

/// `on_drop = own`
pub fn own(report: &DropReport) {
    record_report("own ", report);
}

/// A seed, and what makes the value of its shape.
pub type Generated = (u64, fn() -> Box<dyn Root>);

/// Compares the life of the shape of each seed with its prediction, in every way and with every fault,
/// and prints how many. Ends the process if one differs.
pub fn main(shapes: &[Generated]) {
    set_drop_hook(Some(|report: &DropReport| record_report("", report)));
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !panic.payload().is::<Expected>() {
            usual(panic);
        }
    }));
    let (mut runs, mut differing) = (0, 0);
    for (seed, root) in shapes {
        let shape = Shape::new(*seed);
        let mut entries = vec![Entry::Drop, Entry::Close];
        if shape.root_type().derive == crate::shape::Derive::Dispose {
            entries.extend([Entry::Dispose, Entry::Retry]);
        }
        if shape.is_try_close() {
            entries.push(Entry::TryClose);
        }
        for faults in faults(&shape) {
            let mut fates = vec![Fate::Succeed; shape.returned.len()];
            for (number, fate) in &faults {
                fates[*number] = *fate;
            }
            for entry in &entries {
                FATES.set(fates.clone());
                let seen = live(root(), *entry);
                let predicted = model::predict(&shape, *entry, &fates);
                runs += 1;
                if seen != predicted {
                    differing += 1;
                    if differing < 4 {
                        let source = source::of(&shape);
                        eprintln!(
                            "seed {seed}, {entry:?}, {faults:?}\n{source}\n-- predicted\n{predicted:#?}\n-- seen\n{seen:#?}"
                        );
                    }
                }
            }
        }
    }
    println!("{} {runs} {differing}", shapes.len());
    if differing > 0 {
        process::exit(1);
    }
}
