use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, clone = close)]
    fd: Option<i32>,
    #[unmanaged(release = close, clone = close)]
    other: Option<i32>,
}

fn main() {
    let owner = Owner { fd: None, other: None };
    let _ = owner.clone();
}
