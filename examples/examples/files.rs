//! A file that is open, locked and mapped. It is unmapped, unlocked and closed in that order.
//!
//! ```text
//! cargo run -q -p dispose-examples --example files
//! ```

use std::ffi::{CString, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::path::Path;
use std::ptr::{self, NonNull};

use dispose_core::{Close, status};

/// A locked, mapped file. It is `Close` because it is handed out, and nothing may reach an unmapped page.
#[derive(Close)]
pub struct Mapped {
    // std's own `Drop` of a descriptor swallows what `close(2)` reports; this does not.
    #[unmanaged(release = close)]
    file: Option<OwnedFd>,
    #[unmanaged(release = unlock, invalid = -1)]
    locked: c_int,
    // SAFETY: nothing else unmaps these `len` bytes, and nothing reaches them afterwards.
    #[unmanaged(unsafe(release = |at| libc::munmap(at.as_ptr(), self.len)), check = status::errno)]
    bytes: Option<NonNull<c_void>>,
    len: usize,
}

/// Closes `file` once. Linux closes it even if `close(2)` fails, also with `EINTR`.
///
/// # Errors
///
/// Returns an error if `close(2)` fails. Then what was written may not have reached the disk.
pub fn close(file: OwnedFd) -> io::Result<()> {
    // SAFETY: the descriptor was owned by `file`, which has given it up.
    status::errno(unsafe { libc::close(file.into_raw_fd()) })
}

fn unlock(fd: c_int) -> io::Result<()> {
    // SAFETY: reaches no memory; a descriptor that is not open is an error.
    status::errno(unsafe { libc::flock(fd, libc::LOCK_UN) })
}

impl Mapped {
    /// Opens `path`, locks it for this process alone, and maps all of it.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system reports one. What was acquired by then is released.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut new = Self { file: None, locked: -1, bytes: None, len: 0 };
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let (fd, size) = (file.as_raw_fd(), file.metadata().map(|data| data.len()));
        new.file = Some(file.into());
        // From here on, `?` drops `new`, which releases what it holds so far.
        new.len = usize::try_from(size?).map_err(io::Error::other)?;

        // SAFETY: reaches no memory.
        status::errno(unsafe { libc::flock(fd, libc::LOCK_EX | libc::LOCK_NB) })?;
        new.locked = fd;

        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the kernel chooses a place that is free.
        let at = unsafe { libc::mmap(ptr::null_mut(), new.len, access, libc::MAP_SHARED, fd, 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        new.bytes = NonNull::new(at);
        Ok(new)
    }

    /// Copies as much of `text` as fits to the start of the mapping.
    pub fn write(&mut self, text: &[u8]) {
        if let Some(at) = self.bytes {
            let len = text.len().min(self.len);
            // SAFETY: `len` bytes are mapped at `at` for writing, and `text` is not among them.
            // Others may map the file too, so the bytes are copied and never borrowed.
            unsafe { ptr::copy_nonoverlapping(text.as_ptr(), at.as_ptr().cast(), len) };
        }
    }
}

/// A buffered file of C's. `fclose` writes what is still in the buffer, so it fails if the disk is full.
#[derive(Close)]
pub struct Log {
    // SAFETY: nothing else closes `file`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |file| close_log(file)), always)]
    file: NonNull<libc::FILE>,
}

/// # Safety
///
/// `file` is open, and not used again.
unsafe fn close_log(file: NonNull<libc::FILE>) -> io::Result<()> {
    // SAFETY: see above. `fclose` returns 0 even after an earlier write has failed, so `ferror` is first.
    let (failed, closed) = unsafe {
        let failed = libc::ferror(file.as_ptr()) != 0;
        (failed, status::errno(libc::fclose(file.as_ptr())))
    };
    if failed { closed.and(Err(io::Error::other("an earlier write failed"))) } else { closed }
}

impl Log {
    /// Opens or creates `path`, to write at its end.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system reports one.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_encoded_bytes())?;
        // SAFETY: both are C strings.
        let file = unsafe { libc::fopen(path.as_ptr(), c"a".as_ptr()) };
        NonNull::new(file).map(|file| Self { file }).ok_or_else(io::Error::last_os_error)
    }

    /// Writes into the buffer.
    ///
    /// # Errors
    ///
    /// Returns an error if the buffer had to be written and the operating system reports one.
    pub fn write(&mut self, text: &[u8]) -> io::Result<()> {
        // SAFETY: `text` is readable, and `file` is open as long as `self` lives.
        let written =
            unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), self.file.as_ptr()) };
        if written == text.len() { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

fn main() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("dispose-files-{}", std::process::id()));
    File::create(&path)?.set_len(4096)?;

    let mut mapped = Mapped::open(&path)?;
    mapped.write(b"written through the mapping");
    let second = Mapped::open(&path).err().map(|error| error.to_string());
    println!("opened again while locked: {}", second.unwrap_or_default());
    mapped.close().map_err(io::Error::other)?;
    println!("closed: unmapped, unlocked, descriptor closed");

    Mapped::open(&path)?.close().map_err(io::Error::other)?;
    println!("opened again afterwards: {}", &std::fs::read_to_string(&path)?[..27]);
    std::fs::remove_file(&path)?;

    let mut log = Log::open(Path::new("/dev/full"))?;
    log.write(b"into the buffer, without an error")?;
    if let Err(error) = log.close() {
        println!("{error}");
    }
    Ok(())
}
