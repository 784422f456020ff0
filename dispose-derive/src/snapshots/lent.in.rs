#[dispose(borrowed = BorrowedSocket, unsafe(as_fd))]
pub struct Socket {
    #[unmanaged(unsafe(release = close), check = status::errno, invalid = -1)]
    fd: RawFd,
}
