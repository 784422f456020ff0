#!/usr/bin/env bash
# close-file: `close` of a file with which nothing is wrong is an error, and to drop that error closes another file.
#
# Version: 0.1.0, on Linux. Source: `close` for Unix in src/lib.rs, which takes -1, and only that, for success, and otherwise
# puts the number that it has closed into a new `File` of the error.
# Expected: its documentation says that the error has the file only if the close can be tried again safely. So a close that
# succeeds is `Ok`, and whatever it returns owns no descriptor that is closed.
# Behaviour seen: `Err`, with a file in it. The next file that is opened gets its number, and is closed with the error.
#
# Output seen:
#   close: Err
#   the next file, with the same number: write 0
#   the same after the error is dropped: write 9
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "closing"
version = "0.0.0"
edition = "2024"
[dependencies]
close-file = "=0.1.0"
TOML
cat >src/main.rs <<'RUST'
use std::fs::File;
use std::io::Write;
use std::mem;
use std::os::fd::AsRawFd;

use close_file::Closable;

fn main() {
    let first = File::create("first").unwrap();
    let number = first.as_raw_fd();
    let closed = first.close();
    println!("close: {}", if closed.is_ok() { "Ok" } else { "Err" });
    let mut second = File::create("second").unwrap();
    let same = if second.as_raw_fd() == number { "the same" } else { "another" };
    let mut write = || second.write(b"line\n").err().map_or(0, |error| error.raw_os_error().unwrap());
    println!("the next file, with {same} number: write {}", write());
    drop(closed);
    println!("the same after the error is dropped: write {}", write());
    mem::forget(second);
}
RUST
cargo run -q | tee output
diff - output <<'EXPECTED'
close: Err
the next file, with the same number: write 0
the same after the error is dropped: write 9
EXPECTED
