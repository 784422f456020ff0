//! A journal: records, each a line, at the end of a file. It is the resource that all hosts here wrap.
//!
//! Records are buffered, so a full disk makes the close fail.

use std::io::{self, BufWriter, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dispose_core::Close;

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(target_arch = "wasm32", path = "node.rs")]
mod file;

use file::File;

/// The buffer, and the file.
type Writer = BufWriter<File>;

/// The size of the buffer.
const BUFFER: usize = 128 * 1024;

/// An open journal. It is `Close` because it is handed out, and a closed one cannot exist.
///
/// A host closes in place, from any thread, while others may be in a call. For that it holds a
/// [`Shared<Journal>`](dispose_core::Shared).
#[derive(Close)]
pub struct Journal {
    #[unmanaged(release = close)]
    file: Mutex<Option<Writer>>,
}

/// Writes what is buffered, and closes the file even if that fails.
fn close(mut file: Writer) -> io::Result<()> {
    let written = file.flush();
    let (file, _) = file.into_parts();
    let closed = file::close(file);
    written.and(closed)
}

impl Journal {
    /// Opens or creates the file at `path`, to write at its end.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system reports one.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, file::open(path)?);
        Ok(Self { file: Mutex::new(Some(file)) })
    }

    /// Adds a record. It may still be buffered when this returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the buffer had to be written and the operating system reports one.
    ///
    /// # Panics
    ///
    /// Panics if `record` is more than one line.
    pub fn append(&self, record: &str) -> io::Result<()> {
        assert!(!record.contains('\n'), "a record is one line");
        self.with(|file| writeln!(file, "{record}"))
    }

    /// Writes what is buffered to the file.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system reports one.
    pub fn flush(&self) -> io::Result<()> {
        self.with(Writer::flush)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Writer) -> R) -> R {
        let mut file: MutexGuard<'_, Option<Writer>> =
            self.file.lock().unwrap_or_else(PoisonError::into_inner);
        f(file.as_mut().expect("open as long as it lives"))
    }
}
