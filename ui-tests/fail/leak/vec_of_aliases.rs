use dispose_core::Dispose;

type Db = *mut u8;

fn close(_: i32) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    others: Vec<Db>,
}

fn main() {}
