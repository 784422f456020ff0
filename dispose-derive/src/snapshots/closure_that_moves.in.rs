struct Client {
    #[unmanaged(release_async = |stream| async move { self.pool.give_back(stream).await })]
    stream: Option<Stream>,
    #[unmanaged(release_async = async |cache| cache.flush_to(&self.folder).await)]
    cache: Option<Cache>,
    #[unmanaged(release_async = |socket| async move { leave(socket).await })]
    socket: Option<Socket>,
    pool: Pool,
    folder: String,
}
