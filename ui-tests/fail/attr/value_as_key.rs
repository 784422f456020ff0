use dispose_core::Dispose;

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, check = dispose_core::status::zero, invalid = -1, keep)]
    fd: i32,
}

fn main() {}
