//! Dropping a derived type compiles to the machine code of the careful hand-written `Drop`.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn dropping_compiles_to_the_code_of_a_hand_written_drop() {
    for level in ["3", "s"] {
        compare(level);
    }
}

fn compare(level: &str) {
    let assembly = assembly(level);
    let code = functions(&assembly);
    let pairs: Vec<_> = code
        .keys()
        .filter_map(|name| Some((*name, name.strip_prefix("hand_")?)))
        .map(|(hand, shape)| {
            (shape, followed(&code, hand), followed(&code, &format!("derive_{shape}")))
        })
        .collect();
    assert!(pairs.iter().all(|(_, hand, _)| !hand.is_empty()), "a function without code");
    let different: Vec<_> = pairs
        .iter()
        .filter(|(_, hand, derived)| hand != derived)
        .map(|(shape, hand, derived)| {
            format!("{shape}\n-- by hand\n{}\n-- derived\n{}", hand.join("\n"), derived.join("\n"))
        })
        .collect();
    println!(
        "opt-level {level}, identical code: {} of {}",
        pairs.len() - different.len(),
        pairs.len()
    );
    assert!(pairs.len() >= 13, "{} pairs were compiled", pairs.len());
    // Where code is spared, the compiler leaves calls of different names.
    assert!(level != "3" || different.is_empty(), "{}", different.join("\n\n"));
}

/// The code of a function, or of the one that is all it jumps to.
fn followed<'a>(code: &'a BTreeMap<&str, Vec<String>>, name: &str) -> &'a Vec<String> {
    let own = &code[name];
    let [jump] = &own[..] else { return own };
    let Some(to) = jump.strip_prefix("jmp") else { return own };
    let to = to.trim_start_matches(['q', '*', '\t', ' ']).trim_end_matches("@GOTPCREL(%rip)");
    code.get(to).unwrap_or(own)
}

/// The package's library, as text.
fn assembly(level: &str) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("same-code").join(level);
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "rustc",
            "--quiet",
            "--offline",
            "--release",
            "--lib",
            "--package",
            "dispose-same-code",
        ])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "--emit=asm", "-Ccodegen-units=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(status.success());
    let written = fs::read_dir(target.join("release/deps"))
        .expect("a folder of results")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "s"))
        .max_by_key(|path| path.metadata().and_then(|data| data.modified()).expect("a time"));
    fs::read_to_string(written.expect("an assembly file")).expect("text")
}

/// Each function's instructions, without names of labels. Functions that the compiler merged into
/// one have the same.
fn functions(assembly: &str) -> BTreeMap<&str, Vec<String>> {
    let mut functions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut aliases = Vec::new();
    let mut current = None;
    for line in assembly.lines() {
        if let Some((alias, name)) = line.split_once(" = ") {
            aliases.push((alias.trim(), name.trim()));
        } else if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with('.')) {
            current = Some(name);
            functions.insert(name, Vec::new());
        } else if line.trim() == ".cfi_endproc" {
            current = None;
        } else if let Some(code) = current.and_then(|name| functions.get_mut(name)) {
            let line = line.trim();
            if !line.starts_with('.') {
                code.push(line.split(".L").next().unwrap_or_default().to_owned());
            }
        }
    }
    for (alias, name) in aliases {
        if let Some(code) = functions.get(name).cloned() {
            functions.insert(alias, code);
        }
    }
    functions
}
