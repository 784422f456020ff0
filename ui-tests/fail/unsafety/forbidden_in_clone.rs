#![forbid(unsafe_code)]

use dispose_core::Close;

fn close(_: &str) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close, unsafe(clone = std::env::remove_var::<&str>), always)]
    name: &'static str,
}

fn main() {}
