use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(invalid = -1)]
    fd: i32,
}

fn main() {}
