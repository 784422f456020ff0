use std::cell::RefCell;
use std::collections::HashMap;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    parts: Option<HashMap<String, [RefCell<Part>; 2]>>,
}

fn main() {}
