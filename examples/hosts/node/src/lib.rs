//! The journal for Node.js.

use std::ffi::{CStr, c_char, c_int};
use std::fmt::Display;
use std::io;
use std::sync::{Arc, OnceLock};

use dispose_core::{DisposeError, OwnedLease, Shared, set_drop_hook};
use journal::Journal as Resource;
use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

/// A file of lines that grows at its end. Declare it by `using`, or call `close()`.
#[napi]
pub struct Journal(Arc<Shared<Resource>>);

#[napi]
impl Journal {
    #[napi(constructor, catch_unwind)]
    pub fn open(env: Env, path: String) -> Result<Self> {
        let journal = Resource::open(&path).map_err(|error| io_error(env, &error))?;
        Ok(Self(Arc::new(Shared::new(journal))))
    }

    /// Adds a record.
    #[napi(catch_unwind)]
    pub fn append(&self, env: Env, record: String) -> Result<()> {
        let journal =
            self.0.lease().map_err(|disposed| Error::from_reason(disposed.to_string()))?;
        journal.append(&record).map_err(|error| io_error(env, &error))
    }

    /// Writes what is buffered, on a thread of the pool.
    #[napi(catch_unwind)]
    pub fn flush(&self) -> Result<AsyncTask<Flush>> {
        let lease = self.0.lease_owned();
        lease
            .map(|journal| AsyncTask::new(Flush(Some(journal))))
            .map_err(|disposed| Error::from_reason(disposed.to_string()))
    }

    /// Writes what is buffered and closes the file. A second call does nothing.
    ///
    /// If a `flush()` is going on, it closes the file when it is done.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> Result<()> {
        match self.0.dispose() {
            Ok(_) => Ok(()),
            Err(error) => Err(system_error(env, error.raw_os_error(), &error)),
        }
    }
}

/// Returns its lease on the thread of the pool, because the last lease releases, which may wait.
pub struct Flush(Option<OwnedLease<Resource>>);

impl Task for Flush {
    type Output = io::Result<()>;
    type JsValue = ();

    fn compute(&mut self) -> Result<io::Result<()>> {
        Ok(self.0.take().map_or(Ok(()), |journal| journal.flush()))
    }

    fn resolve(&mut self, env: Env, flushed: io::Result<()>) -> Result<()> {
        flushed.map_err(|error| io_error(env, &error))
    }
}

fn io_error(env: Env, error: &io::Error) -> Error {
    system_error(env, error.raw_os_error(), error)
}

/// Makes an error like Node.js' own: with `errno`, and its name as the `code`.
fn system_error(env: Env, number: Option<i32>, text: &dyn Display) -> Error {
    let error = Error::from_reason(text.to_string());
    let Some(number) = number else { return error };
    let named = || {
        let mut error = env.create_error(error)?;
        error.set("errno", -number)?;
        error.set("code", name(-number))?;
        Ok(Error::from(error.to_unknown()))
    };
    named().unwrap_or_else(|error: Error| error)
}

unsafe extern "C" {
    fn uv_err_name(number: c_int) -> *const c_char;
}

fn name(number: c_int) -> String {
    // SAFETY: gives a constant C string for every number that has a name, and else a new one that
    // is never freed.
    unsafe { CStr::from_ptr(uv_err_name(number)) }.to_string_lossy().into_owned()
}

type Report = ThreadsafeFunction<(Option<i32>, String), (), Error, Status, false, true>;
static REPORT: OnceLock<Report> = OnceLock::new();

/// Sets the function that receives failures without a caller: those of the collector, and of a deferred
/// close. They may happen on any thread. The function is called on this one.
#[napi]
pub fn report_to(report: Function<Error, ()>) -> Result<()> {
    let report = report.build_threadsafe_function().weak::<true>().build_callback(|context| {
        let (number, text): (Option<i32>, String) = context.value;
        Ok(system_error(context.env, number, &text))
    })?;
    // Only the first thread's function, if several threads load the module.
    if REPORT.set(report).is_ok() {
        set_drop_hook(Some(|dropped| {
            let number = dropped.error().and_then(DisposeError::raw_os_error);
            let text = dropped.to_string();
            let mode = ThreadsafeFunctionCallMode::NonBlocking;
            let called = REPORT.get().map(|report| report.call((number, text), mode));
            if called != Some(Status::Ok) {
                eprintln!("{dropped}");
            }
        }));
    }
    Ok(())
}
