use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Default, Dispose)]
struct Owner {
    #[unmanaged(each, release = close, invalid = [-1, -2])]
    fds: [i32; 2],
}

fn main() {}
