use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let owner = Owner { fd: 1 };
    let _ = owner.close();
    close(owner.fd);
}
