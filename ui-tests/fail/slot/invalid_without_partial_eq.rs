use dispose_core::Dispose;

struct Id(u8);

fn free(_: Id) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = free, invalid = Id(0))]
    id: Id,
}

fn main() {}
