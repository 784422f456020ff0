use dispose_core::Dispose;

fn close(_: i32, _: usize) {}

#[derive(Dispose)]
struct File {
    #[unmanaged(release = |fd| close(fd, self.))]
    fd: Option<i32>,
    len: usize,
}

fn main() {
    drop(File { fd: None, len: 0 });
}
