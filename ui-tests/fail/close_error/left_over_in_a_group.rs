use dispose_core::Dispose;

#[derive(Dispose)]
#[dispose(error = (std::io::Error or_not))]
struct Socket {
    #[unmanaged(release = drop)]
    fd: Option<i32>,
}

fn main() {}
