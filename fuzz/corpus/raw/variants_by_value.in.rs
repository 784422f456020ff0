enum Handle {
    Mapped {
        #[unmanaged(unsafe(release = |p| munmap(p, *len)), check = status::errno, always)]
        address: NonNull<c_void>,
        len: usize,
    },
    Named(String),
    Closed,
}
