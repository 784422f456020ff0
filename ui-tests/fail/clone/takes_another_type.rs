use dispose_core::Close;

fn duplicate(_: *mut u16) {}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = drop_it, clone = duplicate)]
    handle: *mut u8,
}

fn drop_it(_: *mut u8) {}

fn main() {}
