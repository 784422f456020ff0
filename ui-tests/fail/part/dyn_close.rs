use dispose_core::{Close, Dispose};

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    part: Box<dyn Close>,
}

fn main() {}
