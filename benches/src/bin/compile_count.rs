//! What a derived type costs at compile time, in instructions that rustc executes, which another program on
//! the machine does not change: `cargo check` of one crate under valgrind, the cost of one type more, and of
//! one field more.
//!
//! ```sh
//! cargo run --release -p dispose-benches --bin compile_count
//! ```
//!
//! Needs `valgrind`, and takes five minutes. Cargo calls this program in the place of rustc, which then
//! runs under valgrind where the crate is one of those counted.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

/// The folder of the counts, which also says that cargo calls.
const COUNTS: &str = "DISPOSE_COUNTS";

const FUNCTIONS: &str = "#![allow(dead_code)]
unsafe extern \"C\" { fn c_close(fd: i32) -> i32; fn c_free(p: *mut u8); fn c_destroy(p: *mut u8, w: u64); }
";

const BY_HAND: &str = "pub struct T@ { d: *mut u8, w: u64, fd: i32 }
impl T@ {
    pub fn dispose(&mut self) { unsafe {
        if self.fd != -1 { let fd = core::mem::replace(&mut self.fd, -1); c_close(fd); }
        if self.w != 0 { let w = core::mem::replace(&mut self.w, 0); c_destroy(self.d, w); }
        if !self.d.is_null() { let d = core::mem::replace(&mut self.d, core::ptr::null_mut()); c_free(d); }
    } }
    pub fn is_disposed(&self) -> bool { self.fd == -1 && self.w == 0 && self.d.is_null() }
}
impl Drop for T@ { fn drop(&mut self) { self.dispose() } }
";

const DERIVED: &str = "#[derive(dispose_core::Dispose)]
pub struct T@ {
    #[unmanaged(unsafe(release = c_free))] d: *mut u8,
    #[unmanaged(unsafe(release = |w| c_destroy(self.d, w)), invalid = 0)] w: u64,
    #[unmanaged(unsafe(release = c_close), invalid = -1, check = dispose_core::status::ignore)] fd: i32,
}
";

const THISERROR: &str = "#[derive(Debug, thiserror::Error)]
pub enum T@ {
    #[error(\"a {0}\")] A(u32),
    #[error(\"b {x}\")] B { x: u64 },
    #[error(transparent)] C(#[from] std::io::Error),
}
";

fn main() {
    if let Some(counts) = env::var_os(COUNTS) {
        rustc(Path::new(&counts));
    }
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dispose-core");
    let core = format!("dispose-core = {{ path = \"{}\" }}", core.display());
    let by_hand = of_one_more("hand", "", &types(BY_HAND), 1, 201);
    let derived = of_one_more("derived", &core, &types(DERIVED), 1, 201);
    let thiserror = of_one_more("thiserror", "thiserror = \"2\"", &types(THISERROR), 1, 201);
    println!("| one type | thousand instructions | derived costs |\n|---|---|---|");
    println!("| derived, three fields | {derived:.0} | 1.00 times as much |");
    for (name, count) in [
        ("by hand, without any trait or error", by_hand),
        ("`thiserror`, an enum of three", thiserror),
    ] {
        println!("| {name} | {count:.0} | {:.2} times as much |", derived / count);
    }
    println!("\n| one more | thousand instructions |\n|---|---|");
    for (few, many) in [(1, 51), (51, 201), (201, 401)] {
        let count = of_one_more("derived", &core, &types(DERIVED), few, many);
        println!("| derived type, from {few} to {many} | {count:.0} |");
    }
    for (few, many) in [(1, 51), (51, 201), (201, 401)] {
        let count = of_one_more("fields", &core, &fields, few, many);
        println!("| field of one type, from {few} to {many} | {count:.0} |");
    }
}

fn types(text: &str) -> impl Fn(usize) -> String {
    move |count| (0..count).map(|n| text.replace('@', &n.to_string())).collect()
}

fn fields(count: usize) -> String {
    let field = |n| {
        format!(
            "#[unmanaged(unsafe(release = c_close), invalid = -1, check = dispose_core::status::zero)] f{n}: i32,\n"
        )
    };
    let fields: String = (0..count).map(field).collect();
    format!("#[derive(dispose_core::Dispose)]\npub struct T {{\n{fields}}}\n")
}

/// Thousand instructions for one type or field more.
#[expect(clippy::cast_precision_loss, reason = "far from 2^52")]
fn of_one_more(
    name: &str,
    dependencies: &str,
    source: &dyn Fn(usize) -> String,
    few: usize,
    many: usize,
) -> f64 {
    let [less, more] = [few, many].map(|n| check(name, dependencies, &source(n), n));
    (more - less) as f64 / (many - few) as f64 / 1e3
}

/// Instructions of the check of one crate.
fn check(name: &str, dependencies: &str, source: &str, count: usize) -> u64 {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let target = env::current_dir().expect("a folder").join(target).join("compile-count");
    let krate = format!("counted_{name}_{count}");
    let folder = target.join(&krate);
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"{krate}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [workspace]\n[dependencies]\n{dependencies}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/lib.rs"), format!("{FUNCTIONS}{source}")).expect("a source");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--quiet", "--target-dir"])
        .arg(target.join("built"))
        .current_dir(&folder)
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTC_WRAPPER", env::current_exe().expect("this program"))
        .env(COUNTS, &target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{}", folder.display());
    let log = fs::read_to_string(target.join(krate).with_extension("log")).expect("a count");
    let line = log.lines().find(|line| line.contains("refs:")).expect("valgrind's line");
    let digits: String = line.rsplit(':').next().unwrap_or_default().replace(',', "");
    digits.trim().parse().expect("a number")
}

/// Called by cargo: rustc and its arguments follow.
fn rustc(counts: &Path) -> ! {
    let mut arguments = env::args_os().skip(1);
    let rustc = arguments.next().expect("rustc");
    let arguments: Vec<OsString> = arguments.collect();
    let name = arguments.iter().position(|argument| argument == "--crate-name");
    let name = name.and_then(|at| arguments.get(at + 1)?.to_str());
    let status = match name.filter(|name| name.starts_with("counted_")) {
        Some(name) => {
            let log = counts.join(name).with_extension("log");
            // Rustup's proxy would be counted instead.
            let found = Command::new(&rustc).args(["--print", "sysroot"]).output().expect("rustc");
            let sysroot = String::from_utf8(found.stdout).expect("a path");
            Command::new("valgrind")
                .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
                .arg(format!("--log-file={}", log.display()))
                .arg(Path::new(sysroot.trim()).join("bin/rustc"))
                .args(&arguments)
                .status()
                .expect("valgrind runs")
        }
        None => Command::new(rustc).args(&arguments).status().expect("rustc runs"),
    };
    exit(status.code().unwrap_or(1))
}
