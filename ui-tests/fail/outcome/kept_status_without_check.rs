use dispose_core::Dispose;

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, on_error = keep)]
    fd: Option<i32>,
}

fn main() {}
