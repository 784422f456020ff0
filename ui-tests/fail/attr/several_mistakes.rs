use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Dispose)]
#[dispose(explicitly)]
struct Owner {
    #[unmanaged(relase = close, invalid = [])]
    a: i32,
    #[unmanaged(release = |fd|)]
    b: Option<i32>,
    c: *mut u8,
}

fn use_it(mut owner: Owner) {
    let _ = owner.dispose();
}

fn main() {}
