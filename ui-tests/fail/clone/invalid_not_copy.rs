use dispose_core::Dispose;

fn close<T>(_: T) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, invalid = String::new(), clone = close)]
    handle: String,
}

fn main() {}
