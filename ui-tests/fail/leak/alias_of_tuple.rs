use dispose_core::Dispose;

fn close(_: i32) {}

struct Name;

type Entry = (*mut u8, Name);

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    entry: Entry,
}

fn main() {}
