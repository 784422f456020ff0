use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(each, release = close, clone = close)]
    fds: Vec<i32>,
}

fn main() {}
