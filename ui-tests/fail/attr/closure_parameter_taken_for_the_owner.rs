use dispose_core::Dispose;

fn free(_: *mut u8) {}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |this| free(this.raw))]
    raw: *mut u8,
}

fn main() {}
