use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Part {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

#[derive(Dispose)]
struct Owner {
    #[dispose(each)]
    parts: Vec<Part>,
}

fn main() {}
