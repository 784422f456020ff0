//! The journal for Ruby. `lib/journal.rb` adds the block.

use std::ffi::c_void;
use std::fmt::Display;
use std::panic::{self, AssertUnwindSafe};
use std::{io, ptr, thread};

use dispose_core::Shared;
use magnus::{Error, Ruby, function, method, prelude::*};
use resource::Journal as Resource;

#[magnus::wrap(class = "Journal")]
struct Journal(Shared<Resource>);

impl Journal {
    fn open(ruby: &Ruby, path: String) -> Result<Self, Error> {
        unlocked(ruby, || Resource::open(&path))?
            .map(|journal| Self(Shared::new(journal)))
            .map_err(|error| system_error(ruby, error.raw_os_error(), &error))
    }

    fn append(ruby: &Ruby, this: &Self, record: String) -> Result<(), Error> {
        this.call(ruby, |journal| journal.append(&record))
    }

    fn flush(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        this.call(ruby, Resource::flush)
    }

    fn close(ruby: &Ruby, this: &Self) -> Result<(), Error> {
        unlocked(ruby, || this.0.dispose())?
            .map(drop)
            .map_err(|error| system_error(ruby, error.raw_os_error(), &error))
    }

    fn is_closed(&self) -> bool {
        self.0.is_disposed()
    }

    /// Returns its lease without the lock too, because the last lease releases, which may wait.
    fn call(&self, ruby: &Ruby, f: impl FnOnce(&Resource) -> io::Result<()>) -> Result<(), Error> {
        unlocked(ruby, || self.0.lease().map(|journal| f(&journal)))?
            .map_err(|disposed| Error::new(ruby.exception_io_error(), disposed.to_string()))?
            .map_err(|error| system_error(ruby, error.raw_os_error(), &error))
    }
}

/// Makes an error, whose class Ruby chooses by the number: `Errno::ENOSPC`.
fn system_error(ruby: &Ruby, number: Option<i32>, text: &dyn Display) -> Error {
    let class = ruby.exception_system_call_error();
    match class.new_instance((text.to_string(), number)) {
        Ok(exception) => exception.into(),
        Err(error) => error,
    }
}

/// Calls `f` without the interpreter's lock, so that a call that waits does not stop other threads.
fn unlocked<R>(ruby: &Ruby, f: impl FnOnce() -> R) -> Result<R, Error> {
    struct Call<F, R>(Option<F>, Option<thread::Result<R>>);

    // A panic must not cross Ruby's frames, so it is carried around them.
    unsafe extern "C" fn run<F: FnOnce() -> R, R>(call: *mut c_void) -> *mut c_void {
        // SAFETY: what is passed below, where nothing looks at it meanwhile.
        let Call(f, result) = unsafe { &mut *call.cast::<Call<F, R>>() };
        *result = f.take().map(|f| panic::catch_unwind(AssertUnwindSafe(f)));
        ptr::null_mut()
    }

    fn start<F: FnOnce() -> R, R>(call: &mut Call<F, R>) {
        // SAFETY: `run` calls nothing of Ruby's. This form does not raise pending interrupts, which
        // would jump over the frames here.
        unsafe {
            let call = ptr::from_mut(call).cast();
            rb_sys::rb_thread_call_without_gvl2(Some(run::<F, R>), call, None, ptr::null_mut());
        }
    }

    let mut call = Call(Some(f), None);
    loop {
        start(&mut call);
        match call.1.take() {
            Some(Ok(value)) => return Ok(value),
            Some(Err(panic)) => panic::resume_unwind(panic),
            None => ruby.thread_check_ints()?, // it was interrupted before
        }
    }
}

// The drop hook stays the default, a line on standard error: it may run in the collector, and on a
// thread without the lock, where Ruby must not be called.
#[magnus::init(name = "journal")]
fn init(ruby: &Ruby) -> Result<(), Error> {
    let class = ruby.define_class("Journal", ruby.class_object())?;
    class.define_singleton_method("new", function!(Journal::open, 1))?;
    class.define_method("append", method!(Journal::append, 1))?;
    class.define_method("flush", method!(Journal::flush, 0))?;
    class.define_method("close", method!(Journal::close, 0))?;
    class.define_method("closed?", method!(Journal::is_closed, 0))
}
