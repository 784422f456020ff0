use dispose_core::Close;

fn close(_: i32) -> i32 {
    0
}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = |fd| { close(fd); }, on_error = keep, always)]
    fd: i32,
}

fn main() {}
