use dispose_core::Dispose;

struct Id(u8);

fn free(_: Id) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = free, each, invalid = Id(0))]
    ids: Vec<Id>,
}

fn main() {}
