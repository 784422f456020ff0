use dispose_core::Dispose;

#[allow(non_upper_case_globals)]
const fd: i32 = -7;

// Would be released only where it is -7.
#[derive(Dispose)]
struct Socket {
    #[unmanaged(release = |fd| close(fd))]
    fd: Option<i32>,
}

fn close(_: i32) {}

fn main() {}
