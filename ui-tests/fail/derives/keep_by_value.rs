use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, on_error = keep)]
    fd: Option<i32>,
    #[unmanaged(release = close)]
    other: Option<i32>,
}

fn main() {}
