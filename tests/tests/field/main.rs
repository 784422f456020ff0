//! Releases as they are written by hand in published crates, each beside the derived one. Both make
//! the same calls, or the derived one avoids a hazard of the other.
//!
//! The C functions are mocks that record their calls. The real libraries are in `examples`. The mocks are
//! `unsafe` as the real functions are, though nothing can go wrong with them: that is the reason for every
//! unsafe block in here. Functions that only query (`TTF_WasInit`) are not recorded.
//!
//! The table is `tests/FIELD.md`, which `.ci/bless field` writes. `rows!` in `row.rs` shows how to add a row.

#![allow(non_snake_case, reason = "C's names")]
#![allow(dead_code, reason = "fields that are only dropped")]
#![allow(clippy::arc_with_non_send_sync, clippy::unused_self, reason = "as in the libraries")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "the same for all, see above")]

#[macro_use]
mod row;

mod c;
mod calls;
mod guards;
mod pointers;
mod steps;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use crate::row::Row;

/// The releases that cannot be expressed, and the nearest form.
const NOT_EXPRESSIBLE: [(u32, &str, &str); 3] = [
    (
        44,
        "v8 `Heap`",
        "a Rust value of it never exists, so nothing is dropped; a handle to it is as in row 12: `NonNull<Heap>` with `always`",
    ),
    (
        45,
        "v8 `Eternal<T>`",
        "the address of `self` is the argument and C++ fixes the layout: `before = |this| DESTRUCT(this)` under `derive(Close)`, as in row 48, makes the call; but `close(self)` moves the value, which C++ may not allow",
    ),
    (
        54,
        "wasmtime `wasmtime_extern_t`",
        "public fields of a union in a public C layout: safe code can write the tag; a private newtype around it with `before` releases by tag",
    ),
];

#[test]
fn the_table_has_all_and_is_true() {
    let rows = [pointers::rows(), calls::rows(), steps::rows(), guards::rows()].concat();
    let mut lines: Vec<_> = rows.iter().map(|row| (row.number, row.line())).collect();
    lines.extend(NOT_EXPRESSIBLE.map(|(number, name, near)| {
        let near = near.replace('|', "\\|");
        (number, format!("| {number} | {name} | not expressible | {near} |"))
    }));
    lines.sort();
    let numbers: Vec<_> = lines.iter().map(|line| line.0).collect();
    assert_eq!(numbers, (1..=61).collect::<Vec<_>>());
    let safer = rows.iter().filter(|row| row.hazard.is_some()).count();
    let mut table = format!(
        "# Releases from the field\n\n\
         Each with the attributes that express it. The sources are in `tests/field`. {} make the same calls as \
         the hand-written `Drop`, {safer} avoid a hazard of it, and {} cannot be expressed.\n\n\
         | # | type | attributes | beside the hand-written one |\n|---|---|---|---|\n",
        rows.len() - safer,
        NOT_EXPRESSIBLE.len(),
    );
    for (_, line) in lines {
        let _ = writeln!(table, "{line}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FIELD.md");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        table,
        "`.ci/bless field` writes the table"
    );
}

/// Runs each row as a test of its own would. A failure names the row.
#[test]
fn each_makes_the_same_calls_or_safer_ones() {
    dispose_core::set_drop_hook(Some(|_| {}));
    let rows: Vec<Row> = [pointers::rows(), calls::rows(), steps::rows(), guards::rows()].concat();
    for row in rows {
        row.check();
    }
}
