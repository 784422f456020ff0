enum Either {
    Named {
        #[unmanaged(release = |len| free(len))]
        fd: Option<usize>,
        len: usize,
    },
    Both {
        #[unmanaged(release = |fd| close(fd, *len))]
        fd: Option<i32>,
        #[unmanaged(release = |fd| free(fd))]
        len: Option<usize>,
    },
}
