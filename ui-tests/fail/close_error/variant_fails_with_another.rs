use dispose_core::Close;
use std::{fmt, io};

fn close(_: i32) -> io::Result<()> {
    Ok(())
}

fn other(_: i32) -> Result<(), fmt::Error> {
    Ok(())
}

#[derive(Close)]
#[dispose(error = io::Error)]
enum Owner {
    A(#[unmanaged(release = close, always)] i32),
    B(#[unmanaged(release = other, always)] i32),
}

fn main() {
    let _ = (Owner::A(1), Owner::B(1).close());
}
