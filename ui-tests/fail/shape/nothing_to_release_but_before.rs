use dispose_core::Dispose;

fn close(_: &mut Owner) {}

#[derive(Dispose)]
#[dispose(before = close)]
struct Owner {
    name: String,
}

fn main() {}
