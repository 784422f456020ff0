use dispose_core::{Close, StatusError};

fn up_ref(_: *mut u8) -> Result<i32, StatusError> {
    Ok(1)
}

#[derive(Close)]
struct Owner {
    #[unmanaged(release = drop_it, clone = up_ref)]
    handle: *mut u8,
}

fn drop_it(_: *mut u8) {}

fn main() {}
