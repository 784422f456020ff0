use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(before = |_| ())]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    other: *mut u8,
}

fn main() {}
