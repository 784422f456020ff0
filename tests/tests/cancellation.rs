//! Every shape of three fields, with no fault, every fault and every pair of faults, disposed of
//! asynchronously and cancelled at every point where it is pending: against a model.

use std::collections::VecDeque;
use std::panic;

use dispose_core::{AsyncDispose, Dispose};
use dispose_tests::{
    Fate, Handle, logged, panic_of, poll_times, record_reports, release, release_async, reported,
};

/// How a resource is released.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Both,
    OnlyAsync,
    OnlySync,
    /// In a part that is disposed of synchronously, as a whole.
    InSyncPart,
}

impl Kind {
    fn is_awaited(self) -> bool {
        matches!(self, Self::Both | Self::OnlyAsync)
    }
}

/// A resource of a shape: its path, which is also its handle's name, and whether it stays where its
/// release fails.
#[derive(Debug, Clone, Copy)]
struct Resource(&'static str, Kind, bool);

/// Disposed of asynchronously by its owner.
#[derive(Dispose, AsyncDispose)]
struct Awaited {
    #[unmanaged(release_async = release_async, release = release, on_error = keep)]
    x: Option<Handle>,
    #[unmanaged(release_async = release_async)]
    y: Option<Handle>,
}

/// Disposed of synchronously by its owner.
#[derive(Dispose, AsyncDispose)]
struct NotAwaited {
    #[unmanaged(release_async = release_async, release = release, on_error = keep)]
    x: Option<Handle>,
    #[unmanaged(release = release, on_error = keep)]
    y: Option<Handle>,
}

trait Field {
    /// Takes its handles, oldest first.
    fn new(handles: &mut dyn Iterator<Item = Handle>) -> Self;
}

impl Field for Option<Handle> {
    fn new(handles: &mut dyn Iterator<Item = Handle>) -> Self {
        handles.next()
    }
}

impl Field for Awaited {
    fn new(handles: &mut dyn Iterator<Item = Handle>) -> Self {
        Self { x: handles.next(), y: handles.next() }
    }
}

impl Field for NotAwaited {
    fn new(handles: &mut dyn Iterator<Item = Handle>) -> Self {
        Self { x: handles.next(), y: handles.next() }
    }
}

/// The paths of a part's `x` and `y`.
fn paths(part: &str) -> (&'static str, &'static str) {
    match part {
        "a" => ("a.x", "a.y"),
        "b" => ("b.x", "b.y"),
        _ => ("c.x", "c.y"),
    }
}

// What a part's resources look like from its owner, newest first.
impl Awaited {
    fn resources(name: &str) -> Vec<Resource> {
        let (x, y) = paths(name);
        vec![Resource(y, Kind::OnlyAsync, false), Resource(x, Kind::Both, true)]
    }
}

impl NotAwaited {
    fn resources(name: &str) -> Vec<Resource> {
        let (x, y) = paths(name);
        vec![Resource(y, Kind::InSyncPart, true), Resource(x, Kind::InSyncPart, true)]
    }
}

/// What is to be seen.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    log: Vec<String>,
    /// The result, the panic, or that it was cancelled.
    end: String,
    reports: Vec<String>,
    log_of_drop: Vec<String>,
    panic_of_drop: Option<String>,
    reports_of_drop: Vec<String>,
}

fn error(failures: &[String]) -> String {
    format!("failed to dispose `Shape`: {}", failures.join("; "))
}

/// What happens to resources of these fates, if the future is polled `polls` times.
fn model(resources: &[(Resource, Fate)], polls: usize) -> Seen {
    let mut seen = Seen { end: "cancelled".into(), ..Seen::default() };
    let mut failures = Vec::new();
    // Newest first. Those that were refused stay at the front.
    let mut left: VecDeque<_> = resources.iter().copied().collect();
    let mut polled = 1;
    let mut goes_on = polls > 0;
    while goes_on {
        let Some((Resource(path, kind, keep), fate)) = left.pop_front() else {
            seen.end = result(&mut failures);
            break;
        };
        if kind.is_awaited() {
            seen.log.push(format!("({path}"));
            if polled == polls {
                goes_on = false;
                continue;
            }
            polled += 1;
        }
        seen.log.push(path.into());
        match fate {
            Fate::Succeed => {}
            Fate::Fail => {
                failures.push(format!("{path}: {path} refused"));
                if keep {
                    // Whatever it may use stays with it.
                    left.push_front((Resource(path, kind, keep), fate));
                    seen.end = result(&mut failures);
                    goes_on = false;
                }
            }
            Fate::Panic => {
                seen.end = format!("{path} panicked");
                goes_on = false;
                // What is left of a synchronous part goes with it, until one of it is refused.
                let part = (kind == Kind::InSyncPart).then_some(&path[..1]);
                while left.front().is_some_and(|next| Some(&next.0.0[..1]) == part) {
                    let Some((Resource(next, kind, keep), fate)) = left.pop_front() else { break };
                    seen.log.push(next.into());
                    if fate == Fate::Fail {
                        failures.push(format!("{next}: {next} refused"));
                        if keep {
                            left.push_front((Resource(next, kind, keep), fate));
                            break;
                        }
                    }
                }
            }
        }
    }
    if !failures.is_empty() {
        seen.reports.push(format!("Shape [{}]", error(&failures)));
    }
    // What is left goes by `Drop`, the last attempt; a panic there stops nothing, and a second one would
    // abort.
    let (mut failures, mut forgotten) = (Vec::new(), "");
    for (Resource(path, kind, _), fate) in left {
        if kind == Kind::OnlyAsync {
            failures.push(format!("{path}: can only be released by `dispose_async`"));
            forgotten = " forgotten";
            continue;
        }
        seen.log_of_drop.push(path.into());
        match fate {
            Fate::Succeed => {}
            Fate::Fail => failures.push(format!("{path}: {path} refused")),
            Fate::Panic => seen.panic_of_drop = Some(format!("{path} panicked")),
        }
    }
    if !failures.is_empty() {
        seen.reports_of_drop.push(format!("Shape{forgotten} [{}]", error(&failures)));
    }
    seen
}

/// What the caller gets.
fn result(failures: &mut Vec<String>) -> String {
    let failures = std::mem::take(failures);
    if failures.is_empty() { "ok".into() } else { error(&failures) }
}

fn words() -> Vec<String> {
    logged().split_whitespace().map(str::to_owned).collect()
}

fn run<T: AsyncDispose>(mut value: T, polls: usize) -> Seen {
    let mut end = None;
    let panic = panic_of(|| end = poll_times(value.dispose_async(), polls));
    let end = match (panic, end) {
        (Some(panic), _) => panic,
        (None, None) => "cancelled".into(),
        (None, Some(result)) => result.map_or_else(|error| error.to_string(), |()| "ok".into()),
    };
    let (log, reports) = (words(), reported());
    let panic_of_drop = panic_of(|| drop(value));
    let (log_of_drop, reports_of_drop) = (words(), reported());
    Seen { log, end, reports, log_of_drop, panic_of_drop, reports_of_drop }
}

/// No fault, every fault, every pair of faults but two panics, of which the second could abort.
fn fates(count: usize) -> Vec<Vec<Fate>> {
    let mut all = vec![vec![Fate::Succeed; count]];
    for fault in [Fate::Fail, Fate::Panic] {
        for at in 0..count {
            let mut one = all[0].clone();
            one[at] = fault;
            all.extend((0..at).map(|other| {
                let mut two = one.clone();
                two[other] = Fate::Fail;
                two
            }));
            all.extend((at + 1..count).filter(|_| fault == Fate::Panic).map(|other| {
                let mut two = one.clone();
                two[other] = Fate::Fail;
                two
            }));
            all.push(one);
        }
    }
    all
}

/// Newest first.
fn check<T: AsyncDispose>(
    resources: &[Resource],
    new: impl Fn(&mut dyn Iterator<Item = Handle>) -> T,
) -> usize {
    let awaited = resources.iter().filter(|resource| resource.1.is_awaited()).count();
    let mut runs = 0;
    for fates in fates(resources.len()) {
        let resources: Vec<_> = resources.iter().copied().zip(fates).collect();
        for polls in 0..=awaited + 1 {
            let mut handles =
                resources.iter().rev().map(|(resource, fate)| Handle(resource.0, *fate));
            let value = new(&mut handles);
            assert_eq!(run(value, polls), model(&resources, polls), "{resources:?}, {polls} polls");
            runs += 1;
        }
    }
    runs
}

/// A struct whose fields are of these kinds. `$handles` is handed on, as each step has a scope of its own.
macro_rules! shape {
    (@$handles:ident [$($done:tt)*] $name:ident both $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[unmanaged(release_async = release_async, release = release)] $name: Option<Handle>,
            vec![Resource(stringify!($name), Kind::Both, false)]
        }] $($more)*)
    };
    (@$handles:ident [$($done:tt)*] $name:ident kept $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[unmanaged(release_async = release_async, release = release, on_error = keep)]
            $name: Option<Handle>,
            vec![Resource(stringify!($name), Kind::Both, true)]
        }] $($more)*)
    };
    (@$handles:ident [$($done:tt)*] $name:ident only_async $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[unmanaged(release_async = release_async)] $name: Option<Handle>,
            vec![Resource(stringify!($name), Kind::OnlyAsync, false)]
        }] $($more)*)
    };
    (@$handles:ident [$($done:tt)*] $name:ident only_sync $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[unmanaged(release = release)] $name: Option<Handle>,
            vec![Resource(stringify!($name), Kind::OnlySync, false)]
        }] $($more)*)
    };
    (@$handles:ident [$($done:tt)*] $name:ident awaited $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[dispose(async)] $name: Awaited, Awaited::resources(stringify!($name))
        }] $($more)*)
    };
    (@$handles:ident [$($done:tt)*] $name:ident not_awaited $($more:tt)*) => {
        shape!(@$handles [$($done)* {
            #[dispose] $name: NotAwaited, NotAwaited::resources(stringify!($name))
        }] $($more)*)
    };
    (@$handles:ident [$({ #[$attr:meta] $name:ident: $ty:ty, $resources:expr })*]) => {{
        #[derive(Dispose, AsyncDispose)]
        struct Shape {
            $(#[$attr] $name: $ty,)*
        }
        let mut resources = vec![$($resources),*];
        resources.reverse();
        check(&resources.concat(), |$handles| Shape { $($name: Field::new($handles),)* })
    }};
}

/// The three fields of all kinds.
macro_rules! all {
    ($($chosen:ident)*; $next:ident $($more:ident)*) => {
        all!($($chosen)* $next both; $($more)*)
            + all!($($chosen)* $next kept; $($more)*)
            + all!($($chosen)* $next only_async; $($more)*)
            + all!($($chosen)* $next only_sync; $($more)*)
            + all!($($chosen)* $next awaited; $($more)*)
            + all!($($chosen)* $next not_awaited; $($more)*)
    };
    ($($chosen:ident)*;) => { shape!(@handles [] $($chosen)*) };
}

#[test]
fn every_shape_every_fault_every_await_point() {
    record_reports();
    // Those that are part of the test are not worth a line each.
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if !message.is_some_and(|message| message.ends_with(" panicked")) {
            usual(panic);
        }
    }));
    let runs = all!(; a b c);
    println!("{runs} runs");
    assert!(runs > 20_000, "{runs}");
}
