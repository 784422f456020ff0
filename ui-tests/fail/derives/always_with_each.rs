use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, always, each)]
    fd: Vec<i32>,
}

fn main() {}
