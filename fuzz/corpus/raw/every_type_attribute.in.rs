#[allow(deprecated)]
#[dispose(before = Self::flush, explicit, on_drop = ignore, clone)]
#[dispose(crate = my::runtime)]
struct Log {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    state: State,
}
