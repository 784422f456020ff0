use dispose_core::Dispose;

fn free(_: *mut [u8]) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = free)]
    buffer: *mut [u8],
}

fn main() {}
