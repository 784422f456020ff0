pub struct Descriptor(#[unmanaged(release = close, invalid = -1, clone = duplicate)] i32);
