//! How deep a chain of `#[dispose] Option<Box<Node>>` may be, and how long it takes, beside two by hand.
//!
//! ```sh
//! cargo run --release -p dispose-benches --bin chain
//! ```
//!
//! Without `--release`, the same of a build that is not optimized.

use std::cell::Cell;
use std::convert::Infallible;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use dispose_core::{Close as _, Dispose};

thread_local!(static RELEASED: Cell<u32> = const { Cell::new(0) });

fn free(_: u32) {
    RELEASED.set(RELEASED.get() + 1);
}

#[derive(Dispose)]
struct Derived {
    #[unmanaged(release = free)]
    id: Option<u32>,
    #[dispose]
    next: Option<Box<Derived>>,
}

/// Drops the next one, then releases what is its own.
struct Plain {
    id: Option<u32>,
    next: Option<Box<Plain>>,
}

impl Drop for Plain {
    fn drop(&mut self) {
        drop(self.next.take());
        if let Some(id) = self.id.take() {
            free(id);
        }
    }
}

/// Disposes of the next one in its place, and collects what fails.
struct Listed {
    id: Option<u32>,
    next: Option<Box<Listed>>,
}

type Failures = Vec<(String, Infallible)>;

impl Listed {
    fn dispose(&mut self) -> Result<(), Failures> {
        let mut failures = Vec::new();
        if let Some(Err(below)) = self.next.as_mut().map(|next| next.dispose()) {
            failures.extend(below.into_iter().map(|(path, error)| (format!("next.{path}"), error)));
        }
        if let Some(id) = self.id.take() {
            free(id);
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let _ = self.dispose();
        drop(self.next.take());
    }
}

macro_rules! list {
    ($ty:ident, $len:expr) => {
        (1..$len).fold($ty { id: Some(0), next: None }, |next, id| $ty {
            id: Some(id),
            next: Some(Box::new(next)),
        })
    };
}

const WAYS: [&str; 5] = [
    "by hand, `Drop`",
    "by hand, a list of failures",
    "derived, `Drop`",
    "derived, `close`",
    "derived, `dispose`",
];

/// How long a chain of `len` nodes takes to go.
fn run(way: &str, len: u32) -> Duration {
    macro_rules! timed {
        ($list:expr, |$bound:ident| $body:expr) => {{
            #[allow(unused_mut)]
            let mut $bound = $list;
            let began = Instant::now();
            $body;
            began.elapsed()
        }};
    }
    let time = match way {
        "by hand, `Drop`" => timed!(list!(Plain, len), |list| drop(list)),
        // Its `Drop` would be quadratic.
        "by hand, a list of failures" => timed!(list!(Listed, len), |list| {
            list.dispose().unwrap();
            let mut next = list.next.take();
            while let Some(mut node) = next {
                next = node.next.take();
            }
        }),
        "derived, `Drop`" => timed!(list!(Derived, len), |list| drop(list)),
        "derived, `close`" => timed!(list!(Derived, len), |list| list.close().unwrap()),
        "derived, `dispose`" => timed!(list!(Derived, len), |list| {
            list.dispose().unwrap();
            drop(list);
        }),
        _ => unreachable!(),
    };
    assert_eq!(RELEASED.take(), len);
    time
}

fn in_stack<R: Send>(size: usize, body: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(size);
        builder.spawn_scoped(scope, body).unwrap().join().unwrap()
    })
}

const LONGEST: u32 = 1_000_000;

/// How many nodes 256 KiB of stack are enough for.
fn deepest(way: &str) -> u32 {
    let fits = |len: u32| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args([way, &len.to_string()]).stderr(Stdio::null());
        child.status().unwrap().success()
    };
    if fits(LONGEST) {
        return LONGEST;
    }
    let (mut fitting, mut too_long) = (100, LONGEST);
    while too_long - fitting > fitting / 100 {
        let len = u32::midpoint(fitting, too_long);
        *(if fits(len) { &mut fitting } else { &mut too_long }) = len;
    }
    fitting
}

/// The least time of many, in microseconds, in a process whose heap no other way has used.
fn least(way: &str, len: u32) -> f64 {
    let mut child = Command::new(env::current_exe().unwrap());
    let output = child.args([way, &len.to_string(), "times"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments[..] {
        [way, len] => {
            let (way, len) = (way.clone(), len.parse().unwrap());
            in_stack(256 << 10, || run(&way, len));
            return;
        }
        [way, len, _] => {
            let (way, len) = (way.clone(), len.parse().unwrap());
            let least = in_stack(512 << 20, || (0..15).map(|_| run(&way, len)).min().unwrap());
            println!("{}", least.as_secs_f64() * 1e6);
            return;
        }
        _ => {}
    }
    println!(
        "| | nodes in 256 KiB of stack | 1,000 nodes, µs | 10,000 | 50,000 |\n|---|---|---|---|---|"
    );
    let mut times = [[f64::MAX; 3]; WAYS.len()];
    // In turn, so that what else the machine does is in all of them.
    for _ in 0..5 {
        for (way, times) in WAYS.into_iter().zip(&mut times) {
            for (len, time) in [1_000, 10_000, 50_000].into_iter().zip(times) {
                *time = time.min(least(way, len));
            }
        }
    }
    for (way, times) in WAYS.into_iter().zip(times) {
        let times = times.map(|time| format!("{time:.1}"));
        let deepest = deepest(way);
        let more = if deepest == LONGEST { " or more" } else { "" };
        println!("| {way} | {deepest}{more} | {} |", times.join(" | "));
    }
}
