//! Releases of real libraries, run to show what they do. The rows are in `tests/releases`, and what they saw
//! is `RELEASES.md` at the top of the repository.
//!
//! A [`row!`] is one handle: its wrapper, written with the derives, and a body that provokes what can go
//! wrong. The body fills the row's cells, each with what it has just seen ([`Seen`]), so a claim that
//! was not shown is not on the page. Each row runs in a process of its own: limits, signals and a
//! library's own state are the process's.
//!
//! A [`library!`] is loaded while the test runs, so no headers are needed, and one that this machine
//! lacks is named (an error with `DISPOSE_REQUIRE_ALL=1`).
#![cfg(target_os = "linux")]

mod library;
pub mod provoke;
mod row;
mod seen;

pub use inventory;
pub use libc;

pub use crate::library::{Library, text};
pub use crate::row::{Listed, Row, missing, page, releases};
pub use crate::seen::Seen;

/// A handle of whatever type.
pub type P = *mut std::ffi::c_void;

/// The end of an argument list, or no handle.
pub const NULL: P = std::ptr::null_mut();

/// A module's path without its crate.
///
/// # Panics
///
/// Panics if the path has no other part.
#[must_use]
pub const fn name(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut at = 0;
    while bytes[at] != b':' {
        at += 1;
    }
    path.split_at(at + 2).1
}
