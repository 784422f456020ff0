//! The journal behind a C interface, for C#.
//!
//! A function returns 0, the operating system's number, or one of the negative codes here. After a failure
//! `journal_error_text` returns the message.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::fmt::Display;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::slice;
use std::sync::OnceLock;

use dispose_core::{DisposeError, Disposed, Shared, set_drop_hook};
use journal::Journal;

const DISPOSED: c_int = -1;
const OTHER: c_int = -2;

struct Failure(c_int, String);

impl Failure {
    fn new(number: Option<i32>, text: impl Display) -> Self {
        Self(number.unwrap_or(OTHER), text.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error.raw_os_error(), error)
    }
}

impl From<DisposeError> for Failure {
    fn from(error: DisposeError) -> Self {
        Self::new(error.raw_os_error(), error)
    }
}

impl From<Disposed> for Failure {
    fn from(disposed: Disposed) -> Self {
        Self(DISPOSED, disposed.to_string())
    }
}

thread_local! {
    static TEXT: RefCell<CString> = RefCell::default();
}

/// Calls `f`. A panic must not cross into C#, so it becomes a failure.
fn call(f: impl FnOnce() -> Result<(), Failure>) -> c_int {
    let result = panic::catch_unwind(AssertUnwindSafe(f))
        .unwrap_or_else(|_| Err(Failure::new(None, "the library panicked")));
    let Err(Failure(code, text)) = result else { return 0 };
    TEXT.set(CString::new(text).unwrap_or_default());
    code
}

/// Returns the text of this thread's last failure, valid until its next.
#[unsafe(no_mangle)]
pub extern "C" fn journal_error_text() -> *const c_char {
    TEXT.with_borrow(|text| text.as_ptr())
}

/// Opens the file at `path`, in UTF-8, and stores the journal at `journal`.
///
/// # Safety
///
/// `path` is a C string, and `journal` a place to write to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn journal_open(
    path: *const c_char,
    journal: *mut Option<Box<Shared<Journal>>>,
) -> c_int {
    call(|| {
        // SAFETY: as the caller promised.
        let path = unsafe { CStr::from_ptr(path) }.to_string_lossy();
        let opened = Box::new(Shared::new(Journal::open(&path)?));
        // SAFETY: as the caller promised.
        unsafe { journal.write(Some(opened)) };
        Ok(())
    })
}

/// Adds a record, `length` bytes of UTF-8.
///
/// # Safety
///
/// `record` has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn journal_append(
    journal: &Shared<Journal>,
    record: *const u8,
    length: usize,
) -> c_int {
    call(|| {
        // SAFETY: as the caller promised.
        let record = String::from_utf8_lossy(unsafe { slice::from_raw_parts(record, length) });
        Ok(journal.lease()?.append(&record)?)
    })
}

/// Writes what is buffered.
#[unsafe(no_mangle)]
pub extern "C" fn journal_flush(journal: &Shared<Journal>) -> c_int {
    call(|| Ok(journal.lease()?.flush()?))
}

/// Closes the file. If calls are going on, the last one of them closes it. A second call does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn journal_close(journal: &Shared<Journal>) -> c_int {
    call(|| Ok(journal.dispose().map(drop)?))
}

/// Frees the journal, and closes the file if it is open.
#[unsafe(no_mangle)]
pub extern "C" fn journal_free(journal: Option<Box<Shared<Journal>>>) {
    call(|| {
        drop(journal);
        Ok(())
    });
}

type Report = extern "C" fn(code: c_int, text: *const c_char);
static REPORT: OnceLock<Report> = OnceLock::new();

/// Sets the function that receives failures without a caller, on any thread. Only the first call counts.
#[unsafe(no_mangle)]
pub extern "C" fn journal_report_to(report: Report) {
    if REPORT.set(report).is_ok() {
        set_drop_hook(Some(|dropped| {
            let number = dropped.error().and_then(DisposeError::raw_os_error);
            let text = CString::new(dropped.to_string()).unwrap_or_default();
            REPORT.get().expect("set before")(number.unwrap_or(OTHER), text.as_ptr());
        }));
    }
}
