use dispose_core::Close;
use std::mem::ManuallyDrop;

#[derive(Close)]
struct Socket(#[unmanaged(release = drop, always)] i32);

#[derive(Close)]
struct Session {
    #[unmanaged(release = Close::close, always)]
    socket: ManuallyDrop<Socket>,
}

fn main() {}
