use dispose_core::Dispose;

fn unmap(_: *mut u8, _: usize) {}

#[derive(Dispose)]
enum Memory {
    Mapped {
        #[unmanaged(release = |address| unmap(address, self.len))]
        address: *mut u8,
        len: usize,
    },
}

fn main() {}
