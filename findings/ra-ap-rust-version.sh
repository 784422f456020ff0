#!/usr/bin/env bash
# ra_ap_tt: does not compile on the oldest compiler that it declares.
#
# Version: 0.0.349, of rust-analyzer's published libraries. Source: `rust-version = "1.95"` in its manifest, and
# `use std::assert_matches` in src/storage.rs, which is not stable there.
# Expected: `cargo +1.95.0 check` succeeds, or Cargo refuses with the version that is needed.
# Behaviour seen: Cargo takes it for suitable, and rustc 1.95.0 says E0658.
#
# Output seen:
#   declared: 1.95
#   1.95.0: error[E0658]: use of unstable library feature `assert_matches`
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
touch src/lib.rs
cat >Cargo.toml <<'TOML'
[package]
name = "tokens"
version = "0.0.0"
edition = "2024"
[dependencies]
ra_ap_tt = "=0.0.349"
TOML
cargo +1.95.0 generate-lockfile -q 2>log || { cat log; exit 1; }
declared=$(cargo +1.95.0 metadata -q --format-version 1 | python3 -c '
import json, sys
print(next(p["rust_version"] for p in json.load(sys.stdin)["packages"] if p["name"] == "ra_ap_tt"))')
{
    echo "declared: $declared"
    cargo +1.95.0 check -q 2>log && echo "1.95.0: compiles" || echo "1.95.0: $(grep -m1 '^error' log)"
} | tee output
diff - output <<'EXPECTED'
declared: 1.95
1.95.0: error[E0658]: use of unstable library feature `assert_matches`
EXPECTED
