use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct File {
    #[unmanaged(release = |_| close(self.fd), invalid = -1)]
    fd: i32,
}

fn main() {}
