use dispose_core::Close;

unsafe fn free(_: *mut u8) -> i32 {
    1
}

unsafe fn last_error(_: *mut u8) -> i32 {
    7
}

#[derive(Close)]
struct Owner {
    // SAFETY: a test.
    #[unmanaged(
        unsafe(release = free),
        check = |status| match status {
            0 => Ok(()),
            _ => Err(std::io::Error::from_raw_os_error(unsafe { last_error(self.handle) })),
        }
    )]
    handle: *mut u8,
}

fn main() {}
