pub struct Client {
    #[unmanaged(release_async = Stream::goodbye, release = Stream::reset)]
    stream: Option<Stream>,
    #[unmanaged(release_async = Cache::flush)]
    cache: Option<Cache>,
    folder: String,
}
