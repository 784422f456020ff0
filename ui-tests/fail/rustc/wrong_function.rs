use dispose_core::Dispose;

fn free(_: String) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = free)]
    fd: Option<i32>,
}

fn main() {}
