use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
enum Owner {
    #[unmanaged(release = close)]
    Open(Option<i32>),
}

fn main() {}
