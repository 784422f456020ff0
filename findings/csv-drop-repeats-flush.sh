#!/usr/bin/env bash
# csv: after a flush that failed in the middle, Drop writes the whole buffer again, so a part of it is in the file twice.
#
# Version: 1.4.0. Source: `flush_buf` in src/writer.rs, which hands the buffer to `write_all` and empties it only on success,
# and `Drop`, which flushes again.
# Expected: as with std's BufWriter, which forgets what was written: the rest, or nothing, follows what is in the file.
# The documentation of `Writer::flush` does not say that a second one begins anew.
# Behaviour seen: ten of fourteen bytes are written, and all fourteen after them. Nothing reports it: the flush has failed
# before, and Drop returns nothing. A second flush instead returns success, with the same bytes in the file.
#
# Output seen:
#   BufWriter, dropped: flush 27, "one\ntwo\nthree\n"
#   csv, dropped: flush 27, "one\ntwo\nthone\ntwo\nthree\n"
#   csv, flushed again: flush 27, flush 0, "one\ntwo\nthone\ntwo\nthree\n"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "rows"
version = "0.0.0"
edition = "2024"
[dependencies]
csv = "=1.4.0"
libc = "0.2"
TOML
cat >src/main.rs <<'RUST'
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};

fn limit(size: u64) {
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN); // so that a write beyond the limit fails
        let mut limit = std::mem::zeroed::<libc::rlimit>();
        assert_eq!(libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit), 0);
        limit.rlim_cur = size.min(limit.rlim_max);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
}

fn code(result: io::Result<()>) -> i32 {
    result.map_or_else(|error| error.raw_os_error().unwrap(), |()| 0)
}

fn csv(flush_again: bool) -> String {
    let mut writer = csv::Writer::from_writer(File::create("rows").unwrap());
    for row in ["one", "two", "three"] {
        writer.write_record([row]).unwrap();
    }
    limit(10);
    let mut outcome = format!("flush {}", code(writer.flush()));
    limit(libc::RLIM_INFINITY);
    if flush_again {
        outcome += &format!(", flush {}", code(writer.flush()));
    }
    drop(writer);
    format!("{outcome}, {:?}", fs::read_to_string("rows").unwrap())
}

fn buffered() -> String {
    let mut writer = BufWriter::new(File::create("rows").unwrap());
    writer.write_all(b"one\ntwo\nthree\n").unwrap();
    limit(10);
    let outcome = format!("flush {}", code(writer.flush()));
    limit(libc::RLIM_INFINITY);
    drop(writer);
    format!("{outcome}, {:?}", fs::read_to_string("rows").unwrap())
}

fn main() {
    println!("BufWriter, dropped: {}", buffered());
    println!("csv, dropped: {}", csv(false));
    println!("csv, flushed again: {}", csv(true));
}
RUST
cargo build -q
target/debug/rows | tee output
diff - output <<'EXPECTED'
BufWriter, dropped: flush 27, "one\ntwo\nthree\n"
csv, dropped: flush 27, "one\ntwo\nthone\ntwo\nthree\n"
csv, flushed again: flush 27, flush 0, "one\ntwo\nthone\ntwo\nthree\n"
EXPECTED
