pub struct Closures {
    #[unmanaged(release = |fd| close(fd))]
    called: Option<i32>,
    #[unmanaged(release = |fd| fd.shut(&self.how, !0 << 2 as i32, (-1)))]
    operators: Option<Socket>,
    #[unmanaged(unsafe(release = |fd| sys::close(fd)), check = status::zero, invalid = [0, -1])]
    unsafely: i32,
    #[unmanaged(unsafe(release = |fd| { sys::close(fd) }), check = status::zero)]
    block: Option<i32>,
    #[unmanaged(release = |fd: i32| close(fd))]
    typed: Option<i32>,
    #[unmanaged(release = |fd| -> io::Result<()> { close(fd) })]
    output: Option<i32>,
    #[unmanaged(release = |_| close_last())]
    unnamed: Option<i32>,
    #[unmanaged(release = |fd| close(fd).or_else(|_| close(1)))]
    nested: Option<i32>,
    #[unmanaged(release = |fd| close(fd?))]
    asks: Option<io::Result<i32>>,
    #[unmanaged(release = |fd| close(close!(fd)))]
    macros: Option<i32>,
    #[unmanaged(release = |fd| return)]
    returns: Option<i32>,
    #[unmanaged(release = |fd| close([fd]))]
    array: Option<i32>,
    #[unmanaged(release = |fd| close(fd), check = fd)]
    path_of_its_name: Option<i32>,
    #[unmanaged(release = |fd| close(fd), check = |status| fd(status))]
    check_of_its_name: Option<i32>,
    #[unmanaged(release = |none| close(none), invalid = none(), each, on_error = keep)]
    invalid_of_its_name: Vec<i32>,
    #[unmanaged(release = |fd| close(fd), check = |status| other(status))]
    check: Option<i32>,
    #[unmanaged(release = |fd| close(fd), each)]
    each: Vec<i32>,
    #[unmanaged(release = |fd| close(fd), invalid = -1)]
    number: i32,
    #[unmanaged(release = |fd| close(fd), check = fd, invalid = -1)]
    number_and_path_of_its_name: i32,
    #[unmanaged(release = |fd| close(fd.abs()), invalid = -1)]
    number_and_method: i32,
    how: i32,
}
