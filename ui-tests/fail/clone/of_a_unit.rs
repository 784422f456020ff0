use dispose_core::Close;

fn close(_: ()) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    armed: Option<()>,
}

fn main() {}
