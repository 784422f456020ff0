use dispose_core::Dispose;

fn free(_: String) -> Result<(), std::io::Error> {
    Ok(())
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = free, on_error = keep)]
    name: Option<String>,
}

fn main() {}
