use dispose_core::Close;

fn up_ref(_: *mut u8) -> Result<(), i32> {
    Ok(())
}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = drop_it, clone = |handle| up_ref(handle))]
    handle: *mut u8,
}

fn drop_it(_: *mut u8) {}

fn main() {}
