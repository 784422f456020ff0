use dispose_core::Close;

fn free(_: String) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = free, always)]
    name: String,
}

fn main() {}
