#!/usr/bin/env bash
# salsa: a version that its own manifest allows for its macro package does not compile with it.
#
# Version: 0.28.2. Source: its manifest, which asks for `salsa-macro-rules = "0.28.2"`, where it pins
# `salsa-macros` with `=0.28.2`; 0.28.5 of both changed the trait that the macros implement.
# Expected: what Cargo resolves for `salsa = "=0.28.2"` compiles, or the manifest pins both.
# Behaviour seen: with salsa-macro-rules 0.28.5, which a fresh lock file gets, `#[salsa::interned]` is E0046, a missing
# `hash`; with 0.28.2 it compiles.
#
# Output seen:
#   fresh: salsa-macro-rules 0.28.5: error[E0046]: not all trait items implemented, missing: `hash`
#   pinned: salsa-macro-rules 0.28.2: compiles
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "interned"
version = "0.0.0"
edition = "2024"
[dependencies]
salsa = "=0.28.2"
TOML
cat >src/lib.rs <<'RUST'
#[salsa::interned]
pub struct Name<'db> {
    pub text: String,
}
RUST
try() {
    cargo update -q -p salsa-macro-rules --precise "$2"
    if cargo check -q 2>log; then result=compiles; else result=$(grep -m1 '^error' log); fi
    echo "$1: salsa-macro-rules $2: $result"
}
cargo generate-lockfile -q
{ try fresh 0.28.5 && try pinned 0.28.2; } | tee output
diff - output <<'EXPECTED'
fresh: salsa-macro-rules 0.28.5: error[E0046]: not all trait items implemented, missing: `hash`
pinned: salsa-macro-rules 0.28.2: compiles
EXPECTED
