use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[dispose(skip, skip)]
    fd: Option<i32>,
}

fn main() {}
