//! A file of the operating system's.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::IntoRawFd as _;

use dispose_core::status;

pub(crate) use std::fs::File;

pub(crate) fn open(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Closes the file by `close(2)`, whose error std's own `Drop` of a file ignores.
pub(crate) fn close(file: File) -> io::Result<()> {
    // SAFETY: the descriptor was owned by `file`, which has given it up.
    status::errno(unsafe { libc::close(file.into_raw_fd()) })
}
