use std::collections::HashMap;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(PartialEq, Eq, Hash)]
struct Name(String);

#[derive(Dispose)]
struct Owner {
    #[unmanaged(each, release = close, invalid = -1)]
    fds: HashMap<Name, i32>,
}

fn main() {}
