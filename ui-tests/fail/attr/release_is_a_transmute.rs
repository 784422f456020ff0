use dispose_core::Dispose;

static SYMBOL: usize = 0;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(unsafe(release = std::mem::transmute::<_, unsafe extern "C" fn(*mut u8)>(SYMBOL)))]
    raw: *mut u8,
}

fn main() {}
