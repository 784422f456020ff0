//! How much code a derived type adds to a program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[derive(Clone, Copy, PartialEq)]
enum Way {
    ByHand,
    Derived,
}

/// `count` types of two pointers. `checked` ones may fail.
fn source(way: Way, count: usize, checked: bool) -> String {
    let mut source = String::from(
        "#![allow(dead_code, unused_imports)]\nuse std::{ffi::c_void, hint::black_box, mem, ptr};\ntype P = *mut c_void;\n",
    );
    if way == Way::Derived {
        source.push_str("use dispose_core::{Dispose, status};\n");
    }
    // A type of a different release each, or the compiler merges them.
    for n in 0..count {
        let _ = writeln!(
            source,
            "#[inline(never)] unsafe extern \"C\" fn close{n}(p: P) -> i32 {{ black_box(p); black_box({n}); black_box(0) }}\n\
             #[inline(never)] unsafe extern \"C\" fn free{n}(p: P) {{ black_box(p); black_box({n}); }}"
        );
        let function = if checked { "close" } else { "free" };
        match way {
            Way::Derived => {
                let check = if checked { ", check = status::zero" } else { "" };
                let _ = writeln!(
                    source,
                    "#[derive(Dispose)] struct T{n} {{ #[unmanaged(unsafe(release = {function}{n}){check})] a: P, \
                     #[unmanaged(unsafe(release = {function}{n}){check})] b: P }}"
                );
            }
            Way::ByHand => {
                let release = |field: &str| {
                    let call = format!("unsafe {{ {function}{n}(p) }}");
                    let call = if checked {
                        format!(
                            "let status = {call}; if status != 0 {{ failures.push((\"{field}\", status)); }}"
                        )
                    } else {
                        format!("{call};")
                    };
                    format!(
                        "let p = mem::replace(&mut self.{field}, ptr::null_mut()); if !p.is_null() {{ {call} }}"
                    )
                };
                let (list, report) = if checked {
                    (
                        "let mut failures: Vec<(&'static str, i32)> = Vec::new();",
                        "if !failures.is_empty() { report(&failures); }",
                    )
                } else {
                    ("", "")
                };
                let _ = writeln!(
                    source,
                    "struct T{n} {{ a: P, b: P }}\nimpl Drop for T{n} {{ fn drop(&mut self) {{ {list} {} {} {report} }} }}",
                    release("b"),
                    release("a")
                );
            }
        }
    }
    source.push_str(
        "#[cold] #[inline(never)] fn report(failures: &[(&'static str, i32)]) { eprintln!(\"{failures:?}\"); }\nfn main() {\n",
    );
    for n in 0..count {
        let _ = writeln!(
            source,
            "    drop(black_box(T{n} {{ a: black_box(ptr::dangling_mut()), b: ptr::null_mut() }}));"
        );
    }
    source.push_str("}\n");
    source
}

struct Program(PathBuf);

impl Program {
    fn build(way: Way, count: usize, checked: bool, level: &str) -> Self {
        let kind = if way == Way::Derived { "derived" } else { "hand" };
        let name = format!("size-{kind}-{count}-{checked}-{}", level.trim_matches('"'));
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = manifest.join("target/sizes").join(&name);
        fs::create_dir_all(folder.join("src")).expect("a folder");
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
                 [dependencies]\ndispose-core = {{ path = \"{}\" }}\n\
                 [profile.release]\nopt-level = {level}\n",
                manifest.join("../../dispose-core").display()
            ),
        )
        .expect("a manifest");
        fs::write(folder.join("src/main.rs"), source(way, count, checked)).expect("a source");
        let target = manifest.join("target/sizes/built");
        let built = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
            .args(["build", "-q", "--release", "--target-dir"])
            .arg(&target)
            .current_dir(&folder)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "{name} does not compile");
        Self(target.join("release").join(name))
    }

    /// Bytes of code and unwind tables: a report of `size -A`.
    fn sections(&self) -> (i64, i64) {
        let output =
            Command::new("size").arg("-A").arg(&self.0).output().expect("`size` of binutils");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let section = |names: &[&str]| {
            text.lines()
                .filter_map(|line| {
                    let mut words = line.split_whitespace();
                    names.contains(&words.next()?).then(|| words.next()?.parse::<i64>().ok())?
                })
                .sum()
        };
        (section(&[".text"]), section(&[".eh_frame", ".gcc_except_table", ".eh_frame_hdr"]))
    }

    /// Bytes of the functions whose name has one of these in it.
    fn symbols(&self, names: &[&str]) -> i64 {
        let output =
            Command::new("nm").args(["-S", "-C"]).arg(&self.0).output().expect("`nm` of binutils");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter(|line| names.iter().any(|name| line.contains(name)))
            .filter_map(|line| i64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok())
            .sum()
    }
}

/// The table.
pub fn print() {
    println!("\n## Size\n");
    println!(
        "Bytes for each further type of two pointers, code and (unwind tables): of programs with 101 types and with 1.\n"
    );
    println!("| | by hand | derived |\n|---|---|---|");
    for (level, named) in [("3", "3"), ("\"s\"", "s")] {
        for checked in [false, true] {
            let each = |way| {
                let (code, tables) = Program::build(way, 101, checked, level).sections();
                let (code_of_one, tables_of_one) =
                    Program::build(way, 1, checked, level).sections();
                format!("{} ({})", (code - code_of_one) / 100, (tables - tables_of_one) / 100)
            };
            let what = if checked { "failures collected" } else { "no failure possible" };
            println!(
                "| opt-level {named}, {what} | {} | {} |",
                each(Way::ByHand),
                each(Way::Derived)
            );
        }
    }
    println!(
        "\nWhat the error path costs a program that has none: the bytes of code of the whole program, and of the functions of `dispose_core` in it.\n"
    );
    println!("| opt-level 3 | whole program | of `dispose_core` |\n|---|---|---|");
    for (name, way, checked) in [
        ("by hand, no failure possible", Way::ByHand, false),
        ("derived, no failure possible", Way::Derived, false),
        ("by hand, failures collected", Way::ByHand, true),
        ("derived, failures collected", Way::Derived, true),
    ] {
        let program = Program::build(way, 1, checked, "3");
        println!("| {name} | {} | {} |", program.sections().0, program.symbols(&["dispose_core"]));
    }
}
