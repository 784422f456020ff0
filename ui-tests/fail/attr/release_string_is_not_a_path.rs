use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = "close(fd)")]
    fd: Option<i32>,
}

fn main() {}
