use dispose_core::Dispose;

fn close(_: i32) {}

mod core {
    #[derive(dispose_core::Dispose)]
    pub(crate) struct Context {
        #[unmanaged(release = crate::close)]
        fd: Option<i32>,
    }
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    context: core::Context,
    started: std::time::Instant,
    file: std::fs::File,
}

fn main() {}
