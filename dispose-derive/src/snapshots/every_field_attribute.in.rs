struct Everything {
    #[unmanaged(release = close)]
    plain: Option<i32>,
    #[unmanaged(unsafe(release = sys::free::<u8>),)]
    pointer: *mut u8,
    #[unmanaged(unsafe(release = |p| munmap(p, self.len)), check = status::errno)]
    map: *mut c_void,
    #[unmanaged(release = |fd| -> io::Result<()> { sys::close(fd) }, invalid = -1)]
    fd: i32,
    #[unmanaged(release = close, invalid = [0, INVALID], check = |code| self.check(code), on_error = keep)]
    handle: Handle,
    #[unmanaged(release = close, on_error = keep)]
    kept: Option<Handle>,
    #[unmanaged(release = close, each)]
    pool: Vec<i32>,
    #[unmanaged(release = close, each)]
    slots: [Option<i32>; 2],
    #[unmanaged(release = close, each, invalid = -1)]
    fds: VecDeque<i32>,
    #[unmanaged(release = close, each, invalid = -1, on_error = keep)]
    kept_pool: Vec<i32>,
    #[dispose]
    session: Session,
    #[dispose(skip)]
    borrowed: *mut u8,
    len: usize,
    #[unmanaged(unsafe(release = |p| { sys::free(p) }))]
    braced: *mut u8,
}
