struct Node<T> {
    label: T,
    #[unmanaged(release = close)]
    fd: Option<RawFd>,
    #[dispose]
    next: Option<Box<Node<T>>>,
}
