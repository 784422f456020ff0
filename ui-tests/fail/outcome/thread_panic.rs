use std::thread::JoinHandle;

use dispose_core::Close;

#[derive(Close)]
struct Worker {
    #[unmanaged(release = JoinHandle::join)]
    thread: Option<JoinHandle<()>>,
}

fn main() {}
