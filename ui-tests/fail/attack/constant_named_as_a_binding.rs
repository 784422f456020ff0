use dispose_core::Dispose;

#[allow(non_upper_case_globals)]
const __field_0: Option<i32> = None;

// Would be released only where it is empty.
#[derive(Dispose)]
enum Socket {
    Open(#[unmanaged(release = close)] Option<i32>),
    Closed,
}

fn close(_: i32) {}

fn main() {}
