enum Handle {
    Mapped {
        #[unmanaged(unsafe(release = |p| munmap(p, *len)), check = status::errno)]
        address: *mut c_void,
        len: usize,
    },
    File(#[unmanaged(release = |fd| close(fd, _1), invalid = -1, on_error = keep)] i32, String),
    Part(#[dispose] Session),
    Closed,
}
