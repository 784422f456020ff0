use dispose_core::Close;

#[derive(Close)]
struct Socket(#[unmanaged(release = drop, unsafe(always))] i32);

fn main() {}
