use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
#[dispose(clone)]
struct Owner {
    #[unmanaged(release = close, clone = close, always)]
    fd: i32,
}

fn main() {}
