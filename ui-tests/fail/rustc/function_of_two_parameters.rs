use dispose_core::Dispose;

fn unmap(_: *mut u8, _: usize) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = unmap)]
    address: *mut u8,
    len: usize,
}

fn main() {}
