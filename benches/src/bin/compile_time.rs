//! What a derived type costs at compile time, as `cargo check` sees it: CPU per type against the same
//! code by hand, `thiserror` and `zeroize_derive`; growth with the number of types and of fields; and
//! cold builds.
//!
//! ```sh
//! cargo run --release -p dispose-benches --bin compile_time
//! ```
//!
//! All are built in turn, round by round; printed are the least of each, of which the cost of the
//! structs alone is taken off. Unix only. `compile_count` counts instructions instead, which a busy machine
//! does not change.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const ROUNDS: usize = 8;
const TYPES: usize = 1000;

/// CPU seconds, user and system, of the children that have ended.
fn children() -> f64 {
    // SAFETY: `usage` is plain data, and written to by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    let seconds = |time: libc::timeval| {
        #[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
        let (whole, micros) = (time.tv_sec as f64, time.tv_usec as f64);
        whole + micros / 1e6
    };
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// A crate of generated types.
struct Generated {
    folder: PathBuf,
}

impl Generated {
    fn new(name: &str, dependencies: &str, source: &str) -> Self {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        let folder = target.join("compile-time").join(name);
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [workspace]\n[dependencies]\n{dependencies}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(folder.join("src/lib.rs"), source).expect("a source");
        Self { folder }
    }

    /// CPU seconds of a check, cold if the target directory was removed before.
    fn check(&self) -> f64 {
        let source = self.folder.join("src/lib.rs");
        let text = fs::read(&source).expect("a source");
        fs::write(&source, text).expect("a newer source");
        let before = children();
        let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["check", "--quiet", "--target-dir", "built"])
            .current_dir(&self.folder)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("CARGO_TARGET_DIR")
            .status()
            .expect("cargo runs");
        assert!(status.success(), "{}", self.folder.display());
        children() - before
    }

    fn cold(&self) -> f64 {
        let _ = fs::remove_dir_all(self.folder.join("built"));
        self.check()
    }
}

/// The least CPU of each over the rounds, built in turn.
fn least(crates: &[Generated], build: fn(&Generated) -> f64) -> Vec<f64> {
    let mut least = vec![f64::INFINITY; crates.len()];
    for round in 0..=ROUNDS {
        for (least, generated) in least.iter_mut().zip(crates) {
            let time = build(generated);
            // The first round builds the dependencies.
            if round > 0 {
                *least = least.min(time);
            }
        }
    }
    least
}

const RELEASES: &str = "#![allow(dead_code)]
pub fn close(_: i32) -> std::io::Result<()> { Ok(()) }
unsafe extern \"C\" { fn munmap(p: *mut u8, len: usize) -> i32; fn free(p: *mut u8); }
";

const DERIVED: &str = "#[derive(dispose_core::Dispose)]
pub struct T@ {
    #[unmanaged(release = close, invalid = -1)] a: i32,
    #[unmanaged(unsafe(release = |p| munmap(p, self.len)), check = dispose_core::status::zero)] b: *mut u8,
    #[unmanaged(unsafe(release = free))] c: *mut u8,
    len: usize,
}
";

const BY_HAND_ON_CORE: &str = "pub struct T@ { a: i32, b: *mut u8, c: *mut u8, len: usize }
impl dispose_core::Dispose for T@ {
    fn release_all(&mut self, failures: &mut dispose_core::Failures) {
        if !self.c.is_null() {
            let p = std::mem::replace(&mut self.c, std::ptr::null_mut());
            unsafe { free(p) };
        }
        if !self.b.is_null() {
            let p = std::mem::replace(&mut self.b, std::ptr::null_mut());
            failures.record(\"b\", dispose_core::status::zero(unsafe { munmap(p, self.len) }));
        }
        if self.a != -1 {
            let fd = std::mem::replace(&mut self.a, -1);
            failures.record(\"a\", close(fd));
        }
    }
    fn is_disposed(&self) -> bool { self.c.is_null() && self.b.is_null() && self.a == -1 }
}
impl Drop for T@ {
    fn drop(&mut self) { let _ = dispose_core::Dispose::dispose(self); }
}
";

const BY_HAND: &str = "pub struct T@ { a: i32, b: *mut u8, c: *mut u8, len: usize }
impl T@ {
    pub fn dispose(&mut self) -> Result<(), Vec<(&'static str, Box<dyn std::error::Error + Send + Sync>)>> {
        let mut failures: Vec<(&'static str, Box<dyn std::error::Error + Send + Sync>)> = Vec::new();
        if !self.c.is_null() {
            let p = std::mem::replace(&mut self.c, std::ptr::null_mut());
            unsafe { free(p) };
        }
        if !self.b.is_null() {
            let p = std::mem::replace(&mut self.b, std::ptr::null_mut());
            let status = unsafe { munmap(p, self.len) };
            if status != 0 { failures.push((\"b\", Box::new(std::io::Error::from_raw_os_error(status)))); }
        }
        if self.a != -1 {
            let fd = std::mem::replace(&mut self.a, -1);
            if let Err(error) = close(fd) { failures.push((\"a\", Box::new(error))); }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }
    pub fn is_disposed(&self) -> bool { self.c.is_null() && self.b.is_null() && self.a == -1 }
}
impl Drop for T@ {
    fn drop(&mut self) { let _ = self.dispose(); }
}
";

const THISERROR: &str = "#[derive(Debug, thiserror::Error)]
pub enum T@ {
    #[error(\"io {0}\")] Io(#[from] std::io::Error),
    #[error(\"bad {name}: {code}\")] Bad { name: String, code: i32 },
    #[error(\"gone\")] Gone,
}
";

const ZEROIZE: &str = "#[derive(zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct T@ { a: u32, b: [u8; 16], c: Vec<u8>, len: usize }
";

const PLAIN: &str = "pub struct T@ { a: i32, b: *mut u8, c: *mut u8, len: usize }\n";

fn types(text: &str, count: usize) -> String {
    let mut source = RELEASES.to_owned();
    for n in 0..count {
        source.push_str(&text.replace('@', &n.to_string()));
    }
    source
}

fn fields(count: usize) -> String {
    let mut source = format!("{RELEASES}#[derive(dispose_core::Dispose)]\npub struct T {{\n");
    for n in 0..count {
        let _ = writeln!(source, "#[unmanaged(release = close, invalid = -1)] f{n}: i32,");
    }
    source + "}\n"
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn main() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dispose-core");
    let core = format!("dispose-core = {{ path = \"{}\" }}", core.display());
    let thiserror = "thiserror = \"2\"";
    let zeroize = "zeroize = { version = \"1\", features = [\"derive\"] }";

    let kinds = [
        ("derived", core.as_str(), DERIVED),
        ("by hand, on the traits of dispose-core", core.as_str(), BY_HAND_ON_CORE),
        ("by hand, with an error list of its own", "", BY_HAND),
        ("`thiserror`, an enum of three", thiserror, THISERROR),
        ("`zeroize_derive`, a struct of four", zeroize, ZEROIZE),
        ("the struct alone", "", PLAIN),
    ];
    let crates: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(n, (_, dependencies, text))| {
            Generated::new(&format!("kind-{n}"), dependencies, &types(text, TYPES))
        })
        .collect();
    let times = least(&crates, Generated::check);
    let alone = times[kinds.len() - 1];
    let per_type = |time: f64| (time - alone) / TYPES as f64 * 1e6;
    let derived = per_type(times[0]);
    println!("## CPU time\n");
    println!(
        "Printed by `cargo run --release -p dispose-benches --bin compile_time`: CPU time of `cargo check`, all in\n\
         turn, the least of {ROUNDS} rounds. The goals: linear, a cold build no slower than `thiserror`'s.\n"
    );
    println!("| one type | derived costs | CPU µs |\n|---|---|---|");
    for ((name, ..), time) in kinds.iter().zip(&times).take(kinds.len() - 1) {
        let of = per_type(*time);
        println!("| {name} | {:.2} times as much | {of:.0} |", derived / of);
    }

    println!("\n| derived types | CPU µs for each |\n|---|---|");
    let counts = [10, 100, 1000, 5000];
    let crates: Vec<_> = counts
        .iter()
        .flat_map(|&count| {
            [("types", DERIVED), ("plain", PLAIN)].map(|(name, text)| {
                Generated::new(&format!("{name}-{count}"), &core, &types(text, count))
            })
        })
        .collect();
    let times = least(&crates, Generated::check);
    for (count, times) in counts.iter().zip(times.chunks(2)) {
        println!("| {count} | {:.0} |", (times[0] - times[1]) / *count as f64 * 1e6);
    }

    println!("\n| fields in one type | CPU ms in all |\n|---|---|");
    let counts = [1, 10, 50, 100, 500];
    let crates: Vec<_> = counts
        .iter()
        .map(|&count| Generated::new(&format!("fields-{count}"), &core, &fields(count)))
        .collect();
    for (count, time) in counts.iter().zip(least(&crates, Generated::check)) {
        println!("| {count} | {:.0} |", time * 1e3);
    }

    println!("\n| cold build | CPU seconds |\n|---|---|");
    let kinds = [
        ("dispose-core with derive", core.as_str()),
        ("thiserror", thiserror),
        ("zeroize with derive", zeroize),
    ];
    let crates = kinds
        .iter()
        .enumerate()
        .map(|(n, (_, dependencies))| Generated::new(&format!("cold-{n}"), dependencies, ""));
    let times = least(&crates.collect::<Vec<_>>(), Generated::cold);
    for ((name, _), time) in kinds.iter().zip(times) {
        println!("| {name} | {time:.2} |");
    }
}
