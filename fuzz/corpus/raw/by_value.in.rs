pub struct Mapping {
    #[unmanaged(release = close, always)]
    fd: RawFd,
    #[unmanaged(unsafe(release = |p| munmap(p, self.len)), check = status::errno, always)]
    address: NonNull<c_void>,
    len: usize,
    #[unmanaged(release = Close::close)]
    socket: Option<Socket>,
    name: String,
}
