//! What it costs to use a shared handle: a lease against its neighbours, as ratios in one run.
//!
//! ```sh
//! cargo run --release -p dispose-benches --bin lease
//! ```
//!
//! Each round times all of them in turn, so that a change of the machine's speed affects all alike, and
//! divides by the time of `Arc::clone` in that round. Printed are the medians of these ratios. The threads
//! of a column use the same object; there are as many as the machine runs at once.

use std::hint::black_box;
use std::iter;
use std::sync::{Arc, Barrier, Mutex, RwLock};
use std::thread;
use std::time::Instant;

use arc_swap::ArcSwap;
use dispose_core::{Close, Shared};

const USES: u32 = 1_000_000;
const ROUNDS: usize = 31;

#[derive(Close)]
struct Handle {
    #[unmanaged(release = drop, always)]
    fd: u32,
}

/// One use of the object: get at it, read it, let it go.
type Use<'a> = (&'a str, &'a (dyn Fn() + Sync));

/// Nanoseconds for one use, with `threads` at once.
fn time(threads: usize, one: &(dyn Fn() + Sync)) -> f64 {
    let start = Barrier::new(threads);
    let slowest = Mutex::new(0.0_f64);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                start.wait();
                let began = Instant::now();
                for _ in 0..USES {
                    one();
                }
                let each = began.elapsed().as_secs_f64() * 1e9 / f64::from(USES);
                let mut slowest = slowest.lock().expect("no panic");
                *slowest = slowest.max(each);
            });
        }
    });
    slowest.into_inner().expect("no panic")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What was measured with one number of threads.
struct Column {
    /// Nanoseconds of the first use.
    base: f64,
    /// To the first use, one for each.
    ratios: Vec<f64>,
}

fn measure(threads: usize, uses: &[Use<'_>]) -> Column {
    let mut bases = Vec::with_capacity(ROUNDS);
    let mut ratios = vec![Vec::with_capacity(ROUNDS); uses.len()];
    for _ in 0..ROUNDS {
        let times: Vec<_> = uses.iter().map(|(_, one)| time(threads, one)).collect();
        bases.push(times[0]);
        for (ratios, time) in ratios.iter_mut().zip(&times) {
            ratios.push(time / times[0]);
        }
    }
    Column { base: median(bases), ratios: ratios.into_iter().map(median).collect() }
}

fn main() {
    let shared = Shared::new(Handle { fd: 7 });
    let owned = Arc::new(Shared::new(Handle { fd: 7 }));
    let arc = Arc::new(7_u32);
    let lock = RwLock::new(7_u32);
    let mutex = Mutex::new(7_u32);
    let swap = ArcSwap::from_pointee(7_u32);
    let uses: [Use<'_>; 6] = [
        ("`Arc::clone`", &|| {
            black_box(*black_box(Arc::clone(&arc)));
        }),
        ("`Shared::lease`", &|| {
            black_box(shared.lease().expect("live").fd);
        }),
        ("`Shared::lease_owned`", &|| {
            black_box(owned.lease_owned().expect("live").fd);
        }),
        ("`RwLock::read`", &|| {
            black_box(*lock.read().expect("no panic"));
        }),
        ("`Mutex::lock`", &|| {
            black_box(*mutex.lock().expect("no panic"));
        }),
        ("`ArcSwap::load`", &|| {
            black_box(**swap.load());
        }),
    ];

    let cores = thread::available_parallelism().map_or(2, usize::from).max(2);
    let columns: Vec<_> = iter::successors(Some(1), |threads| Some(threads * 2))
        .take_while(|&threads| threads <= cores)
        .map(|threads| (threads, measure(threads, &uses)))
        .collect();

    print!("| threads at once |");
    for (threads, _) in &columns {
        print!(" {threads} |");
    }
    println!("\n|---|{}", "---|".repeat(columns.len()));
    for (row, (name, _)) in uses.iter().enumerate() {
        print!("| {name} |");
        for (_, column) in &columns {
            print!(" {:.2} |", column.ratios[row]);
        }
        println!();
    }
    print!("\nRatios to `Arc::clone`, which took");
    for (_, column) in &columns {
        print!(" {:.1}", column.base);
    }
    println!(" ns.");
}
