use std::collections::BTreeMap;

use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, always)]
    fd: i32,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    parts: BTreeMap<u32, Handle>,
}

fn main() {}
