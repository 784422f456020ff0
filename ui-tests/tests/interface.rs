//! The public interface of `dispose-core`, auto traits included, is what `INTERFACE.txt` lists, so that
//! a change of it is seen in review. `.ci/bless interface` writes the list.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn the_interface_is_the_one_that_was_reviewed() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interface");
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["rustdoc", "-q", "--lib", "--manifest-path"])
        .arg(package.join("../dispose-core/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        // The toolchain is pinned, so its unstable format is too.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .status()
        .unwrap();
    assert!(built.success());
    let interface = public_api::Builder::from_rustdoc_json(target.join("doc/dispose_core.json"))
        .omit_blanket_impls(true)
        .build()
        .unwrap();
    let mut list = String::new();
    for item in interface.items() {
        let _ = writeln!(list, "{item}");
    }
    let path = package.join("INTERFACE.txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &list).unwrap();
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    let beyond = |ours: &str, theirs: &str| -> Vec<String> {
        let theirs: HashSet<&str> = theirs.lines().collect();
        ours.lines().filter(|line| !theirs.contains(line)).map(str::to_owned).collect()
    };
    let (gone, new) = (beyond(&reviewed, &list), beyond(&list, &reviewed));
    assert!(
        reviewed == list,
        "gone: {gone:#?}\nnew: {new:#?}\n`.ci/bless interface` writes the list"
    );
}
