#[dispose(on_drop = |report| log::warn!("{report}"), forget)]
struct Refused {
    #[unmanaged(unsafe(release = ctx_term), check = status::errno, on_error = keep_if(is_interrupted))]
    context: *mut c_void,
    #[unmanaged(unsafe(release = nc_close), unsafe(drop = |file| nc_abort(file)), check = status::zero, invalid = -1)]
    file: c_int,
    #[unmanaged(release = close, drop = abort, on_error = keep_if(|error| self.alive(error)))]
    handle: Option<Handle>,
    #[unmanaged(release = close, drop = abort, on_error = keep, each)]
    pool: Vec<Handle>,
    name: String,
}
