use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

impl Clone for Owner {
    fn clone(&self) -> Self {
        Owner { fd: self.fd }
    }
}

fn main() {}
