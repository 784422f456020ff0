//! Sets what makes `shared.rs` use the atomics of loom. Not `--cfg loom`, which users set to test their
//! own crates.

fn main() {
    println!("cargo::rustc-cfg=dispose_loom");
    println!("cargo::rerun-if-changed=build.rs");
}
