use dispose_core::Close;

struct MyError;

fn close(_: i32) -> Result<(), MyError> {
    Ok(())
}

#[derive(Close)]
#[dispose(error = MyError)]
struct Owner {
    #[unmanaged(release = close, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.close();
}
