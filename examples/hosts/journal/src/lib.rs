//! A journal: records, each a line, at the end of a file. The resource that every host here is given.
//!
//! Records are buffered, so it is the close that finds a full disk.

use std::io::{self, BufWriter, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dispose_core::Close;

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(target_arch = "wasm32", path = "node.rs")]
mod file;

use file::File;

/// What is buffered, and the file.
type Writer = BufWriter<File>;

/// How much is buffered.
const BUFFER: usize = 128 * 1024;

/// An open journal. `Close`, for it is handed out: there is no closed one.
///
/// A host wants to close in place, from any thread, while others may be in a call: that is what
/// [`Shared<Journal>`](dispose_core::Shared) is for.
#[derive(Close)]
pub struct Journal {
    #[unmanaged(release = close)]
    file: Mutex<Option<Writer>>,
}

/// Writes what is buffered, and closes the file also where that fails.
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
    /// The operating system's.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, file::open(path)?);
        Ok(Self { file: Mutex::new(Some(file)) })
    }

    /// Adds a record. It may still be buffered when this returns.
    ///
    /// # Errors
    ///
    /// The operating system's, if the buffer had to be written.
    ///
    /// # Panics
    ///
    /// If `record` is more than one line.
    pub fn append(&self, record: &str) -> io::Result<()> {
        assert!(!record.contains('\n'), "a record is one line");
        self.with(|file| writeln!(file, "{record}"))
    }

    /// Writes what is buffered to the file.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn flush(&self) -> io::Result<()> {
        self.with(Writer::flush)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Writer) -> R) -> R {
        let mut file: MutexGuard<'_, Option<Writer>> =
            self.file.lock().unwrap_or_else(PoisonError::into_inner);
        f(file.as_mut().expect("open as long as it lives"))
    }
}
