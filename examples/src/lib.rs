//! Programs to copy from: real resources, wrapped with the derives of `dispose-core`.
//!
//! Each is one file in `examples/`, with a test of its guarantees in `tests/`.

use std::env;
use std::io::{self, Write};

/// Says on standard error that `test` is left out, and why; the caller returns right after.
///
/// # Panics
///
/// If `DISPOSE_REQUIRE_ALL` is set: on a machine that has everything, nothing may be left out.
pub fn skipped(test: &str, why: &str) {
    // Past the capture of the harness, which would hide it because the test passes.
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
    assert!(env::var_os("DISPOSE_REQUIRE_ALL").is_none(), "{test} was left out: {why}");
}
