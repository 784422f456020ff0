#!/usr/bin/env bash
# Behaviour of rustc, version 1.95.0 (source: compiler/rustc_resolve/src/build_reduced_graph.rs,
# `insert_field_idents`), beside serde_derive 1.0.228: to a bare `len` where the field is meant it answers "you might
# have meant to use the available field", `self.len`. As soon as any field of the struct has a helper attribute of a
# derive, such as `#[serde(default)]`, it says "not found in this scope" alone: fields that are expanded later are
# never written down for that answer.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init -q --lib --vcs none --name helped
cargo add -q serde@=1.0.228 --features derive

answer() {
    cat >src/lib.rs <<RUST
#[derive(serde::Serialize)]
pub struct Text {
    $1
    len: usize,
}

impl Text {
    pub fn length(&self) -> usize {
        len
    }
}
RUST
    cargo +1.95.0 check -q 2>&1 || true
}

rustc +1.95.0 --version
without=$(answer "")
with=$(answer "#[serde(default)]")
echo "$without"
echo "$with"
grep -q 'E0425' <<<"$without" && grep -q 'E0425' <<<"$with"
grep -q 'you might have meant to use the available field' <<<"$without"
! grep -q 'you might have meant to use the available field' <<<"$with"
