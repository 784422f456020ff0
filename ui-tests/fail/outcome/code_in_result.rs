use dispose_core::Close;

fn release(_: u32) -> Result<(), i32> {
    Ok(())
}

#[derive(Close)]
struct Context {
    #[unmanaged(release = release, always)]
    id: u32,
}

fn main() {}
