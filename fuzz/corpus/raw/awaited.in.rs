#[dispose(before = Self::flush)]
enum Client {
    Open {
        #[unmanaged(release_async = |fd| async move { close(fd, *len).await }, on_error = keep)]
        fd: Option<i32>,
        #[unmanaged(unsafe(release_async = sys::shut), invalid = -1, check = status::zero)]
        socket: i32,
        #[unmanaged(release_async = goodbye, each, invalid = 0)]
        streams: Vec<i32>,
        #[unmanaged(release = free, check = status::zero)]
        memory: *mut u8,
        #[dispose(async)]
        session: Session,
        #[dispose]
        log: Log,
        len: usize,
    },
    Closed,
}
