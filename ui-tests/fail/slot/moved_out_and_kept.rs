use std::mem::ManuallyDrop;

use dispose_core::Close;

#[derive(Close)]
struct Session {
    #[unmanaged(release = Close::close, unsafe(always), on_error = keep)]
    socket: ManuallyDrop<Socket>,
}

#[derive(Close)]
struct Socket(#[unmanaged(release = drop)] Option<i32>);

fn main() {}
