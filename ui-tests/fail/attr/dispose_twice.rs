use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[dispose]
    #[dispose]
    fd: Option<i32>,
}

fn main() {}
