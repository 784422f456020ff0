use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, on_error = keep_if(|_| true))]
    fd: Option<i32>,
}

fn main() {}
