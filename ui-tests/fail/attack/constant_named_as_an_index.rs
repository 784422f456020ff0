use dispose_core::Dispose;

#[allow(non_upper_case_globals)]
const __index: usize = 7;

// Would be released only up to the eighth.
#[derive(Dispose)]
struct Sockets {
    #[unmanaged(release = close, each)]
    fds: Vec<i32>,
}

fn close(_: i32) {}

fn main() {}
