//! The journal for `CPython`.

use std::fmt::Display;
use std::{io, ptr};

use dispose_core::{DisposeError, Shared, set_drop_hook};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use resource::Journal as Resource;

/// A file of lines that grows at its end. Use it in a `with` block, or call `close()`.
#[pyclass(frozen)]
struct Journal(Shared<Resource>);

#[pymethods]
impl Journal {
    #[new]
    fn open(py: Python<'_>, path: &str) -> PyResult<Self> {
        py.detach(|| Resource::open(path))
            .map(|journal| Self(Shared::new(journal)))
            .map_err(|error| os_error(error.raw_os_error(), &error))
    }

    /// Adds a record.
    fn append(&self, py: Python<'_>, record: &str) -> PyResult<()> {
        self.with(py, |journal| journal.append(record))
    }

    /// Writes what is buffered.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, Resource::flush)
    }

    /// Writes what is buffered and closes the file. A second call does nothing.
    ///
    /// If another thread is in a call, that call closes the file when it returns.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.0.dispose())
            .map(drop)
            .map_err(|error| os_error(error.raw_os_error(), &error))
    }

    #[getter]
    fn closed(&self) -> bool {
        self.0.is_disposed()
    }

    fn __enter__(journal: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        if journal.closed() {
            return Err(PyValueError::new_err("the journal is closed"));
        }
        Ok(journal)
    }

    // Python keeps the body's exception, as the `__context__` of the one that is raised here.
    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

impl Journal {
    /// Calls `f` detached from the interpreter, because a call that waits must not stop other threads. The
    /// lease is returned detached too, because the last one releases, which may wait.
    fn with<F>(&self, py: Python<'_>, f: F) -> PyResult<()>
    where
        F: FnOnce(&Resource) -> io::Result<()> + Send,
    {
        py.detach(|| match self.0.lease() {
            Ok(journal) => f(&journal).map_err(|error| os_error(error.raw_os_error(), &error)),
            Err(disposed) => Err(PyValueError::new_err(disposed.to_string())),
        })
    }
}

/// Releases detached from the interpreter in the collector too, so that other threads can run.
impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(Err(error)) = Python::try_attach(|py| py.detach(|| self.0.dispose())) {
            report(error.raw_os_error(), &error);
        }
    }
}

/// Makes an `OSError`, whose class Python chooses by the number: `FileNotFoundError`, `BrokenPipeError`.
/// (`PyErr`'s own conversion of an [`io::Error`] loses the number.)
fn os_error(number: Option<i32>, text: &dyn Display) -> PyErr {
    PyOSError::new_err((number, text.to_string()))
}

/// Receives failures without a caller: those of the collector, and of a deferred close.
fn report(number: Option<i32>, text: &dyn Display) {
    let reported = Python::try_attach(|py| {
        keep_exception(py, || os_error(number, text).write_unraisable(py, None));
    });
    if reported.is_none() {
        eprintln!("{text}");
    }
}

/// Keeps the exception that is raised while the collector runs. (`PyErr::take` does not suit: if the
/// exception is a panic's, it resumes the panic here.)
#[allow(deprecated, reason = "from Python 3.12 on, whose successor older ones do not have")]
fn keep_exception(_py: Python<'_>, f: impl FnOnce()) {
    let [mut class, mut value, mut traceback] = [ptr::null_mut(); 3];
    // SAFETY: the thread is attached, and all three are places to write to.
    unsafe { ffi::PyErr_Fetch(&raw mut class, &raw mut value, &raw mut traceback) };
    f();
    // SAFETY: the thread is attached, and these are what was fetched.
    unsafe { ffi::PyErr_Restore(class, value, traceback) };
}

#[pymodule]
fn journal(module: &Bound<'_, PyModule>) -> PyResult<()> {
    set_drop_hook(Some(|dropped| {
        report(dropped.error().and_then(DisposeError::raw_os_error), dropped);
    }));
    module.add_class::<Journal>()
}
