use dispose_core::Close;

#[derive(Close)]
#[dispose(before = free)]
struct Owner {
    name: String,
}

unsafe fn free(_: &mut Owner) {}

fn main() {}
