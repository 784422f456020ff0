use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, always, invalid = -1)]
    fd: i32,
}

fn main() {}
