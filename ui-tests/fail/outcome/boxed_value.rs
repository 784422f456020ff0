use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = Box::from_raw))]
    memory: *mut u8,
}

fn main() {}
