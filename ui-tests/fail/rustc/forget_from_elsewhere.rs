mod library {
    use dispose_core::Close;

    fn close(_: i32) {}

    #[derive(Close)]
    #[dispose(forget)]
    pub struct Handle {
        #[unmanaged(release = close, always)]
        fd: i32,
    }

    impl Handle {
        pub fn new(fd: i32) -> Self {
            Self { fd }
        }
        pub fn into_raw(self) -> i32 {
            let fd = self.fd;
            self.forget();
            fd
        }
    }
}

fn main() {
    library::Handle::new(3).into_raw();
    library::Handle::new(3).forget();
}
