use dispose_core::{Close, SafeHandle};

#[derive(Close, SafeHandle)]
struct Owner {
    #[unmanaged(release = drop)]
    name: Option<String>,
}

fn main() {}
