use dispose_core::Close;

// Would move it while the library writes to what is in it.
fn main() {
    let _ = victim::Pinned::new().close();
}
