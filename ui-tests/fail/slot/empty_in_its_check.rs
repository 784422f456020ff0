use std::io;

use dispose_core::Dispose;

enum Db {}

unsafe fn close(_: *mut Db) -> i32 {
    1
}
unsafe fn message(_: *const Db) -> io::Error {
    io::Error::other("refused")
}

#[derive(Dispose)]
struct Connection {
    #[unmanaged(
        unsafe(release = close),
        check = |status| if status == 0 { Ok(()) } else { Err(unsafe { message(self.db as *const Db) }) }
    )]
    db: *mut Db,
}

fn main() {}
