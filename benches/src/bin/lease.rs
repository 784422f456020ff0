//! What it costs to use a shared handle: a lease against its neighbours, as ratios in one run.
//!
//! ```sh
//! cargo run --release -p dispose-benches --bin lease
//! ```
//!
//! Each round times all of them in turn, so that a change of the machine's speed meets all alike;
//! printed are medians over the rounds. Two threads work on the same object.

use std::hint::black_box;
use std::sync::{Arc, Barrier, Mutex, RwLock};
use std::thread;
use std::time::Instant;

use arc_swap::ArcSwap;
use dispose_core::{Close, Shared};

const USES: u32 = 2_000_000;
const ROUNDS: usize = 15;

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

    println!("| one use | 1 thread | 2 threads |");
    println!("|---|---|---|");
    let mut medians = [[0.0; 2]; 6];
    for (column, threads) in [1, 2].into_iter().enumerate() {
        let mut times = vec![Vec::with_capacity(ROUNDS); uses.len()];
        for _ in 0..ROUNDS {
            for (times, (_, one)) in times.iter_mut().zip(&uses) {
                times.push(time(threads, one));
            }
        }
        for (medians, times) in medians.iter_mut().zip(times) {
            medians[column] = median(times);
        }
    }
    let base = medians[0];
    for ((name, _), of) in uses.iter().zip(medians) {
        println!("| {name} | {:.2} | {:.2} |", of[0] / base[0], of[1] / base[1]);
    }
    println!("\nRatios to `Arc::clone`, which took {:.1} and {:.1} ns.", base[0], base[1]);
}
