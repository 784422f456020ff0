#[dispose(before = Self::flush)]
pub struct Session {
    #[unmanaged(release = close_log)]
    log: Option<RawFd>,
    #[unmanaged(release = Close::close, unsafe(always))]
    socket: ManuallyDrop<Socket>,
    #[unmanaged(release = |stream| self.socket.finish(stream))]
    stream: Option<Stream>,
    #[unmanaged(each, release = |timer| self.socket.cancel(timer))]
    timers: Vec<Timer>,
}
