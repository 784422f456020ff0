use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Debug, Dispose)]
#[dispose(before = |this| { println!("{self:?}"); let _ = this; })]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
