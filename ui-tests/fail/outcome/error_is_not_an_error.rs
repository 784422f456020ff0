use dispose_core::Dispose;

fn close(_: i32) -> Result<(), i32> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = close)]
    fd: Option<i32>,
}

fn main() {}
