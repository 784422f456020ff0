use std::fmt;

use dispose_core::Close;

fn release(_: i32) {}

#[derive(Debug)]
struct UnitError;

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mine")
    }
}

impl std::error::Error for UnitError {}

#[derive(Close)]
#[dispose(error = UnitError)]
struct Owner {
    #[unmanaged(release = release, always)]
    fd: i32,
}

fn main() {
    let _ = Owner { fd: 1 }.close();
}
