use std::sync;

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Window {
    #[unmanaged(release = close)]
    id: Option<i32>,
    children: sync::Mutex<Vec<Self>>,
}

fn main() {}
