use dispose_core::Dispose;

#[deprecated]
fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = #[allow(deprecated)] |fd| close(fd))]
    fd: Option<i32>,
}

fn main() {}
