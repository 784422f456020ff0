use dispose_core::Close;

#[derive(Close)]
struct Owner {
    raw: *mut u8,
}

fn main() {
    let _ = Owner { raw: std::ptr::null_mut() }.close();
}
