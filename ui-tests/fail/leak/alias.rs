use dispose_core::Dispose;

fn close(_: i32) {}

type Handle = *mut std::ffi::c_void;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    other: Handle,
}

fn main() {}
