//! What a derived type costs at run time, against careful code by hand and three other crates.
//!
//! ```sh
//! cargo run --release --manifest-path benches/compare/Cargo.toml
//! ```
//!
//! Prints `benches/RESULTS.md`; with `-- size`, that section alone. Instructions are counted by valgrind, and are the same in each run; if
//! it is not there, they are left out. Times are the least of several rounds, in which all take turns.

mod kinds;
mod size;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;
use std::{env, thread};

use crate::kinds::{
    Case, by_hand, by_value, derived, errno, foreign, guarded, older, result, zero,
};

const ROUNDS: usize = 15;

fn cases() -> Vec<Case> {
    [
        by_hand::cases(),
        derived::cases(),
        by_value::cases(),
        guarded::cases(),
        foreign::cases(),
        older::cases(),
        by_hand::disposals(),
        derived::disposals(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn fallible() -> Vec<Case> {
    [zero::cases(), errno::cases(), result::cases()].into_iter().flatten().collect()
}

/// How often a case runs in one round.
fn times(case: &Case) -> u64 {
    if case.work.contains("vector") {
        2
    } else if case.work.contains("50") {
        5_000
    } else {
        50_000
    }
}

/// Instructions of one run of the case: those of `2 n` runs without those of `n`.
fn instructions(case: &Case) -> Option<u64> {
    let n = if case.work.contains("vector") { 1 } else { 1_000 };
    let count = |n: u64| -> Option<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe().ok()?)
            .args(["one", &case.work, case.kind, &n.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok())
    };
    Some((count(2 * n)? - count(n)?) / n)
}

/// The kinds of each work, in the order in which they are first met.
fn by_work(cases: Vec<Case>) -> Vec<(String, Vec<Case>)> {
    let mut works: Vec<(String, Vec<Case>)> = Vec::new();
    for case in cases {
        match works.iter_mut().find(|(work, _)| *work == case.work) {
            Some((_, cases)) => cases.push(case),
            None => works.push((case.work.clone(), vec![case])),
        }
    }
    works
}

fn print_instructions(works: &[(String, Vec<Case>)], kinds: &[&str]) {
    println!("| | {} |\n|---|{}", kinds.join(" | "), "---|".repeat(kinds.len()));
    for (work, cases) in works {
        let counts: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let case = cases.iter().find(|case| case.kind == *kind);
                case.map_or(Some(String::new()), |case| {
                    instructions(case).map(|count| count.to_string())
                })
                .unwrap_or_else(|| "?".into())
            })
            .collect();
        println!("| {work} | {} |", counts.join(" | "));
    }
}

#[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
fn print_times(works: &[(String, Vec<Case>)], kinds: &[&str]) {
    let mut least: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (work, cases) in works {
            for case in cases {
                let times = times(case);
                let began = Instant::now();
                (case.run)(times);
                let each = began.elapsed().as_secs_f64() * 1e9 / times as f64;
                let least = least.entry((work, case.kind)).or_insert(each);
                *least = least.min(each);
            }
        }
    }
    println!(
        "| | by hand, ns | {} |\n|---|---|{}",
        kinds[1..].join(" | "),
        "---|".repeat(kinds.len() - 1)
    );
    for (work, _) in works {
        let hand = least[&(&**work, kinds[0])];
        let ratios: Vec<_> = kinds[1..]
            .iter()
            .map(|kind| {
                least
                    .get(&(&**work, *kind))
                    .map_or(String::new(), |time| format!("{:.2}", time / hand))
            })
            .collect();
        println!("| {work} | {hand:.1} | {} |", ratios.join(" | "));
    }
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if arguments == ["size"] {
        size::print();
        return;
    }
    if let [one, work, kind, n] = &arguments[..] {
        assert_eq!(one, "one");
        let mut all = cases();
        all.extend(fallible());
        let case = all.iter().find(|case| case.work == *work && case.kind == kind).expect("a case");
        (case.run)(n.parse().expect("a number"));
        return;
    }

    println!("# What it costs\n");
    println!(
        "Printed by `cargo run --release --manifest-path benches/compare/Cargo.toml`; the machine had {} cores.",
        thread::available_parallelism().map_or(0, usize::from)
    );
    let rustc = Command::new("rustc").arg("-V").output().expect("rustc runs");
    println!("{}\n", String::from_utf8_lossy(&rustc.stdout).trim());
    println!(
        "Machine code: `cargo test -p dispose-same-code -- --nocapture` asserts that the derived `Drop` is the"
    );
    println!(
        "careful hand-written one's, instruction by instruction, where releases cannot unwind and report nothing.\n"
    );

    let kinds =
        ["by hand", "derived", "derived, `always`", "scopeguard", "foreign-types", "older dispose"];
    let works = by_work(cases());
    println!("## Instructions\n");
    println!(
        "Of making, disposing of and dropping one value, counted by valgrind. By hand and `derived`"
    );
    println!("have an empty state, a null pointer, which is asked for; the others have none.\n");
    print_instructions(&works, &kinds);

    println!("\n## Instructions where a release may fail, and does not\n");
    println!(
        "By hand means with a list of all failures and their names, as the derived one has.\n"
    );
    print_instructions(&by_work(fallible()), &kinds[..2]);

    size::print();

    println!("\n## Time\n\nRatios to the one by hand; the least of {ROUNDS} rounds.\n");
    print_times(&works, &kinds);
    println!("\n### Where a release may fail, and does not\n");
    print_times(&by_work(fallible()), &kinds[..2]);
}
