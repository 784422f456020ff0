use std::os::fd::RawFd;

use dispose_core::{Close, DisposeError, SafeHandle};

unsafe fn close(_: RawFd) {}

#[derive(SafeHandle)]
#[dispose(unsafe(as_fd))]
pub struct Socket {
    #[unmanaged(unsafe(release = close), invalid = -1)]
    pub fd: RawFd,
}

impl Close for Socket {
    fn close(self) -> Result<(), DisposeError> {
        Ok(())
    }
}

fn main() {}
