#[dispose(error = io::Error)]
pub struct Database {
    #[unmanaged(release = close, on_error = keep, always)]
    id: u32,
}
