use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Dispose)]
#[dispose(before = |_| ())]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    part: Part,
}

fn main() {}
