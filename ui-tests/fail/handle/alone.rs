use dispose_core::SafeHandle;

fn close(_: i32) {}

#[derive(SafeHandle)]
struct Owner {
    #[unmanaged(release = close)]
    a: Option<i32>,
}

fn main() {}
