#![forbid(unsafe_code)]

use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = std::env::remove_var::<&str>))]
    name: Option<&'static str>,
}

fn main() {}
