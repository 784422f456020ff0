use dispose_core::Close;

struct Other;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, clone = close, always)]
    id: i32,
    other: Other,
}

fn main() {}
