//! A file system of one file, served to the kernel through `/dev/fuse`. It receives the calls of another
//! process as they arrive, and fails those that the test names. So `close(2)` fails for real.
//!
//! The numbers are those of the kernel's `linux/fuse.h`.

use std::ffi::{CString, c_int};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, process, thread};

use dispose_examples::{Scratch, alone, expect_passed, not_here, rerun, role};

/// The size of the file.
pub const LEN: usize = 8192;

/// A request of the kernel's about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// By `fstat`.
    Attributes,
    /// By `flock`.
    Lock,
    /// By `flock`.
    Unlock,
    /// Of pages that were written through a mapping.
    Write,
    /// By `close`, which returns the result of this.
    Flush,
    Other,
}

/// The process whose calls are served.
pub struct Client(u32);

impl Client {
    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.0.to_string()).join(name)
    }

    /// Returns `true` if a file that ends in `name` is mapped there.
    pub fn maps(&self, name: &str) -> bool {
        fs::read_to_string(self.proc("maps")).unwrap().lines().any(|line| line.ends_with(name))
    }

    /// This process, in the client.
    pub fn this() -> Self {
        Self(process::id())
    }

    /// Returns its descriptors of files whose path ends in `name`.
    pub fn open(&self, name: &str) -> Vec<c_int> {
        let entries = fs::read_dir(self.proc("fd")).unwrap().map(Result::unwrap);
        let ours = entries
            .filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.ends_with(name)));
        ours.map(|entry| entry.file_name().to_str().unwrap().parse().unwrap()).collect()
    }
}

/// Runs `client` with the path of the file. `reply` returns the result of each of its calls: an error
/// number, or 0. They run in two processes, so a client that waits does not stop the server.
///
/// Only these two processes see the file system, which ends with them. Neither needs to be root.
pub fn serve(
    test: &str,
    client: impl FnOnce(&Path),
    reply: impl FnMut(Call, &Client) -> c_int + Send,
) {
    const AT: &str = "DISPOSE_EXAMPLES_FUSE";
    match role().as_deref() {
        None => {
            let unshare = ["unshare", "--user", "--map-root-user", "--mount"];
            let mut try_it = Command::new(unshare[0]);
            try_it.args(&unshare[1..]).args(["sh", "-c", ": <>/dev/fuse"]);
            try_it.stdout(Stdio::null()).stderr(Stdio::null());
            let alone = alone();
            let tried = try_it.status();
            drop(alone);
            if !tried.is_ok_and(|status| status.success()) {
                return not_here(test, "no mount namespace for everybody, or no /dev/fuse in it");
            }
            let at = Scratch::new(test);
            expect_passed(rerun(test, "server", &unshare).env(AT, at.path()));
            // Removing a directory opens it, and other tests may be counting descriptors.
            let _alone = dispose_examples::alone();
            drop(at);
        }
        Some("server") => {
            let at = PathBuf::from(env::var_os(AT).unwrap());
            let device = mount(&at);
            let mut child = rerun(test, "client", &[]).spawn().unwrap();
            let client = Client(child.id());
            thread::scope(|scope| {
                // If it panics, it closes the device, and the calls of the client fail.
                let server = scope.spawn(move || Server { device, client, reply }.run());
                let passed = child.wait().unwrap().success();
                let path = CString::new(at.as_os_str().as_bytes()).unwrap();
                // SAFETY: a C string.
                unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) };
                server.join().unwrap();
                assert!(passed);
            });
        }
        Some(_) => client(&Path::new(&env::var_os(AT).unwrap()).join("file")),
    }
}

fn mount(at: &Path) -> File {
    let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").unwrap();
    let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
    let options = CString::new(options).unwrap();
    let at = CString::new(at.as_os_str().as_bytes()).unwrap();
    // SAFETY: all are C strings.
    let status = unsafe {
        libc::mount(c"dispose".as_ptr(), at.as_ptr(), c"fuse".as_ptr(), 0, options.as_ptr().cast())
    };
    assert_eq!(status, 0, "{}", io::Error::last_os_error());
    device
}

struct Server<F> {
    device: File,
    client: Client,
    reply: F,
}

impl<F: FnMut(Call, &Client) -> c_int> Server<F> {
    /// Until the file system is unmounted.
    fn run(mut self) {
        let mut buffer = vec![0; 1 << 17];
        loop {
            let request = match self.device.read(&mut buffer) {
                Ok(len) => Request(&buffer[..len]),
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return,
                // The request was withdrawn.
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => continue,
                Err(error) => panic!("{error}"),
            };
            if let Some(reply) = self.reply(&request) {
                let (error, body) = match reply {
                    Ok(body) => (0, body),
                    Err(error) => (-error, Vec::new()),
                };
                let len = u32::try_from(16 + body.len()).unwrap();
                let mut message = Vec::new();
                message.extend(len.to_ne_bytes());
                message.extend(error.to_ne_bytes());
                message.extend(request.u64(8).to_ne_bytes());
                message.extend(body);
                match self.device.write(&message) {
                    Ok(_) => {}
                    // The client is gone.
                    Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    /// Returns the reply to a request, or `None` if the kernel expects none.
    fn reply(&mut self, request: &Request<'_>) -> Option<Result<Vec<u8>, c_int>> {
        let is_file = request.u64(16) == FILE;
        let body = 40;
        let (call, done) = match request.u32(4) {
            // FORGET, INTERRUPT, BATCH_FORGET
            2 | 36 | 42 => return None,
            // INIT: the flag makes the kernel send `flock` here.
            26 => {
                (Call::Other, words(&[7, 31, 0, 1 << 10, 0, 1 << 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
            }
            // LOOKUP
            1 => {
                if &request.0[body..] != b"file\0" {
                    return Some(Err(libc::ENOENT));
                }
                let mut entry = FILE.to_ne_bytes().to_vec();
                entry.extend(words(&[0; 8]));
                entry.extend(attributes(true));
                (Call::Other, entry)
            }
            // GETATTR
            3 => {
                let mut reply = words(&[0; 4]);
                reply.extend(attributes(is_file));
                (if is_file { Call::Attributes } else { Call::Other }, reply)
            }
            // OPEN
            14 => (Call::Other, words(&[0; 4])),
            // READ
            15 => {
                let len = u64::from(request.u32(body + 16));
                let len = len.min((LEN as u64).saturating_sub(request.u64(body + 8)));
                (Call::Other, vec![b'.'; usize::try_from(len).unwrap()])
            }
            // WRITE
            16 => (Call::Write, words(&[request.u32(body + 16), 0])),
            // RELEASE
            18 => (Call::Other, Vec::new()),
            // FLUSH
            25 => (Call::Flush, Vec::new()),
            // SETLK, SETLKW; 2 is F_UNLCK
            32 | 33 => {
                let unlock = request.u32(body + 32) == 2;
                (if unlock { Call::Unlock } else { Call::Lock }, Vec::new())
            }
            _ => return Some(Err(libc::ENOSYS)),
        };
        let error = if call == Call::Other { 0 } else { (self.reply)(call, &self.client) };
        Some(if error == 0 { Ok(done) } else { Err(error) })
    }
}

/// The file's number; the directory's is 1.
const FILE: u64 = 2;

struct Request<'a>(&'a [u8]);

impl Request<'_> {
    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.0[at..at + 8].try_into().unwrap())
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn attributes(is_file: bool) -> Vec<u8> {
    let (number, len, mode) =
        if is_file { (FILE, LEN as u64, libc::S_IFREG) } else { (1, 0, libc::S_IFDIR) };
    let mut reply = Vec::new();
    // Number, size, blocks, three times.
    for value in [number, len, 0, 0, 0, 0] {
        reply.extend(value.to_ne_bytes());
    }
    // Their nanoseconds, mode, links, user, group, device, size of a block, flags.
    reply.extend(words(&[0, 0, 0, mode | 0o700, 1, 0, 0, 0, 4096, 0]));
    reply
}
