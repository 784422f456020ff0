use dispose_core::Close;

#[derive(Clone, Close)]
#[dispose(before = |_| ())]
struct Guard {
    id: u32,
}

fn main() {}
