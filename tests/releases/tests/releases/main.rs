//! The rows, by family, and the page that they make.
//!
//! The wrappers hold what the library has handed out and that nothing else releases, and nothing uses them
//! after their release but where the row says what happens then: one reason for every unsafe block in here.

#![cfg(target_os = "linux")]
#![allow(non_snake_case, non_upper_case_globals, reason = "C's names")]
#![allow(dead_code, reason = "fields that are only released")]
#![allow(
    clippy::borrow_as_ptr,
    clippy::struct_field_names,
    reason = "the attributes as one would write them"
)]
#![allow(clippy::undocumented_unsafe_blocks, reason = "the same for all, see above")]
#![allow(
    clippy::bool_to_int_with_if,
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    reason = "small numbers, in tests"
)]

use std::path::Path;
use std::{env, fs};

mod audio;
mod compression;
mod crypto;
mod devices;
mod graphics;
mod languages;
mod network;
mod numerics;
mod storage;
mod system;
mod text;

/// The families, in the page's order, and their headings.
const FAMILIES: [(&str, &str); 11] = [
    ("system", "System"),
    ("compression", "Compression, archives and file formats"),
    ("storage", "Databases within the process, files of arrays"),
    ("network", "Networks, event loops, clients of servers"),
    ("crypto", "Cryptography, tokens and identities"),
    ("graphics", "Displays, drawing, fonts, terminals"),
    ("audio", "Audio"),
    ("devices", "Devices"),
    ("languages", "Languages and object systems"),
    ("text", "XML, JSON, patterns, files of programs"),
    ("numerics", "Numerics and geometry"),
];

const HEAD: &str = include_str!("head.md");

/// Compares the page with what the run has seen; `.ci/bless releases` writes it. Prints the name of a
/// library of a newer version that does what the page states.
#[test]
fn the_page_is_what_the_run_wrote() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../RELEASES.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let bless = env::var_os("BLESS").is_some();
    let (page, newer) = dispose_releases::page(HEAD, &FAMILIES, &old, bless);
    for newer in newer {
        eprintln!("the page names another version: {newer}");
    }
    if bless {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "`.ci/bless releases` writes RELEASES.md"
    );
}

/// Every function that the head names as an example is released by a row.
#[test]
fn the_head_names_functions_of_rows() {
    let shapes = HEAD.split("## By shape").nth(1).unwrap();
    let table: Vec<_> = shapes.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(table.len() > 10, "{table:?}");
    for line in table {
        // The last column; no bar is in it.
        let examples = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for function in examples.split(", ").map(|name| name.trim_matches('`')) {
            assert!(
                dispose_releases::releases().any(|name| name == function),
                "no row: {function}"
            );
        }
    }
}
