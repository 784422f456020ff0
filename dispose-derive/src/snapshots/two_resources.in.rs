pub struct Connection {
    #[unmanaged(unsafe(release = sqlite3_close), check = status::zero)]
    db: *mut sqlite3,
    #[unmanaged(release = close_log)]
    log: Option<RawFd>,
    name: String,
}
