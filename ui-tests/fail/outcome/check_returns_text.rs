use dispose_core::Dispose;

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close, check = |code| if code == 0 { Ok(()) } else { Err("not closed") })]
    fd: Option<i32>,
}

fn main() {}
