#![forbid(unsafe_code)]

use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = |name| std::env::remove_var(name)))]
    name: Option<&'static str>,
}

fn main() {}
