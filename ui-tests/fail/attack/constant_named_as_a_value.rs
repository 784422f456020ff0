use dispose_core::Dispose;

#[allow(non_upper_case_globals)]
const __value: i32 = -7;

// Would be released only where it is -7.
#[derive(Dispose)]
struct Socket {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn close(_: i32) {}

fn main() {}
