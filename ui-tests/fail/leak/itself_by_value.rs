use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Handle {
    #[unmanaged(release = close)]
    id: Option<i32>,
    others: Vec<Self>,
}

fn main() {}
