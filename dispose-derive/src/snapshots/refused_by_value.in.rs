#[dispose(forget)]
struct Context {
    #[unmanaged(unsafe(release = ctx_term), unsafe(drop = ctx_kill), check = status::errno, on_error = keep, always)]
    context: NonNull<c_void>,
    name: String,
}
