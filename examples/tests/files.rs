//! The guarantees of `examples/files.rs`, against the real kernel.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::Mutex;
use std::{io, thread};

use dispose_core::{Close, set_drop_hook};
use dispose_examples::{Scratch, alone, descriptors, in_own_process, limit, wait_for};

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/files.rs"]
mod files;
mod fuse;

use files::{Log, Mapped};
use fuse::Call;

/// Returns the process's open descriptors, and how often `file` is mapped.
fn held(file: &Path) -> (usize, usize) {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let name = file.to_str().unwrap();
    (descriptors(), maps.lines().filter(|line| line.ends_with(name)).count())
}

#[test]
fn everything_is_released_by_close_and_by_drop() {
    let _alone = alone();
    let scratch = Scratch::new("released");
    let file = scratch.file("file", 8192);
    let before = held(&file);
    for close in [true, false] {
        let mut mapped = Mapped::open(&file).unwrap();
        assert_eq!(held(&file), (before.0 + 1, 1));
        mapped.write(b"hello");
        if close {
            mapped.close().unwrap();
        } else {
            drop(mapped);
        }
        assert_eq!(held(&file), before);
        assert!(fs::read(&file).unwrap().starts_with(b"hello"));
    }
}

#[test]
fn a_file_that_is_locked_is_refused_and_its_descriptor_closed() {
    let _alone = alone();
    let scratch = Scratch::new("locked");
    let file = scratch.file("file", 4096);
    let first = Mapped::open(&file).unwrap();
    let before = held(&file);
    let error = Mapped::open(&file).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(held(&file), before);
    // Nothing else was released: the first is locked still.
    assert!(Mapped::open(&file).is_err());
    first.close().unwrap();
    Mapped::open(&file).unwrap().close().unwrap();
}

#[test]
fn a_mapping_that_fails_gives_lock_and_descriptor_back() {
    let _alone = alone();
    // No bytes: open and locked, but it cannot be mapped.
    let scratch = Scratch::new("empty");
    let file = scratch.file("file", 0);
    let before = held(&file);
    let error = Mapped::open(&file).err().unwrap();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(held(&file), before);
    File::options().write(true).open(&file).unwrap().set_len(4096).unwrap();
    Mapped::open(&file).unwrap().close().unwrap();
}

#[test]
fn a_file_that_cannot_be_opened_or_mapped_takes_nothing() {
    if !in_own_process("a_file_that_cannot_be_opened_or_mapped_takes_nothing") {
        return;
    }
    let scratch = Scratch::new("limits");
    let file = scratch.file("file", 1 << 30);
    let before = held(&file);
    let refused = |path: &Path, code| {
        let error = Mapped::open(path).err().unwrap();
        assert_eq!(error.raw_os_error(), Some(code));
        assert_eq!(held(&file), before);
    };
    refused(&scratch.path().join("missing"), libc::ENOENT);
    refused(scratch.path(), libc::EISDIR);

    // No room for a mapping of 1 GiB in this process.
    limit(libc::RLIMIT_AS, 1 << 30);
    refused(&file, libc::ENOMEM);
    limit(libc::RLIMIT_AS, u64::MAX);

    // No descriptor beside the standard ones.
    limit(libc::RLIMIT_NOFILE, 3);
    let error = Mapped::open(&file).err().unwrap();
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    let error = Log::open(&file).err().unwrap();
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    limit(libc::RLIMIT_NOFILE, u64::MAX);
    assert_eq!(held(&file), before);

    // Nothing of it lasts.
    let mapped = Mapped::open(&file).unwrap();
    assert_eq!(held(&file), (before.0 + 1, 1));
    mapped.close().unwrap();
}

#[test]
fn attributes_that_cannot_be_read_give_the_descriptor_back() {
    let client = |file: &Path| {
        let before = held(file);
        let error = Mapped::open(file).err().unwrap();
        assert_eq!(error.raw_os_error(), Some(libc::EIO));
        assert_eq!(held(file), before);
    };
    let reply = |call, _: &_| match call {
        Call::Attributes => libc::EIO,
        Call::Flush => 0,
        other => panic!("{other:?}"),
    };
    fuse::serve("attributes_that_cannot_be_read_give_the_descriptor_back", client, reply);
}

#[test]
fn a_lock_that_cannot_be_had_gives_the_descriptor_back() {
    let client = |file: &Path| {
        let before = held(file);
        let error = Mapped::open(file).err().unwrap();
        assert_eq!(error.raw_os_error(), Some(libc::ENOLCK));
        assert_eq!(held(file), before);
    };
    let reply = |call, _: &_| match call {
        Call::Attributes | Call::Flush => 0,
        Call::Lock => libc::ENOLCK,
        // What was not locked is not unlocked.
        other => panic!("{other:?}"),
    };
    fuse::serve("a_lock_that_cannot_be_had_gives_the_descriptor_back", client, reply);
}

/// Records the calls of one file on the server's side. The server fails the last call with an error of its
/// own, which shows the client that all calls have come.
#[test]
fn the_mapping_goes_then_the_lock_then_the_descriptor() {
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Held {
        mapped: bool,
        open: bool,
    }
    let client = |file: &Path| {
        for _ in 0..2 {
            let mut mapped = Mapped::open(file).unwrap();
            assert_eq!(held(file).1, 1);
            mapped.write(b"hello");
            assert_eq!(os_code(mapped), libc::EDQUOT);
        }
    };
    let mut expected = [
        // While a call is served, the client is in it; of a `close`, the number is free already.
        (Call::Lock, Held { mapped: false, open: true }),
        (Call::Unlock, Held { mapped: false, open: true }),
        (Call::Flush, Held { mapped: false, open: false }),
    ]
    .into_iter()
    .cycle();
    let reply = |call, client: &fuse::Client| {
        if matches!(call, Call::Attributes | Call::Write) {
            return 0;
        }
        let held = Held { mapped: client.maps("file"), open: !client.open("file").is_empty() };
        assert_eq!(Some((call, held)), expected.next());
        if call == Call::Flush { libc::EDQUOT } else { 0 }
    };
    fuse::serve("the_mapping_goes_then_the_lock_then_the_descriptor", client, reply);
}

/// Closes a file on a file system that fails, and returns the operating system's code.
fn os_code(mapped: Mapped) -> i32 {
    let before = descriptors();
    let error = mapped.close().unwrap_err();
    assert_eq!(descriptors(), before - 1);
    assert_eq!(error.first().path(), "file");
    error.downcast::<io::Error>().unwrap().raw_os_error().unwrap()
}

#[test]
fn what_the_file_system_says_at_close_reaches_the_caller_or_the_hook() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let client = |file: &Path| {
        assert_eq!(os_code(Mapped::open(file).unwrap()), libc::EIO);

        set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
        let before = held(file);
        drop(Mapped::open(file).unwrap());
        assert_eq!(held(file), before);
        let reports = REPORTS.lock().unwrap();
        assert_eq!(*reports, ["failed to dispose `Mapped`: file: Input/output error (os error 5)"]);

        // The same descriptor, dropped by std: no error.
        drop(File::open(file).unwrap());
    };
    let reply = |call, _: &_| if call == Call::Flush { libc::EIO } else { 0 };
    fuse::serve("what_the_file_system_says_at_close_reaches_the_caller_or_the_hook", client, reply);
}

#[test]
fn pages_that_cannot_be_written_back_are_reported_at_close() {
    let client = |file: &Path| {
        let mut mapped = Mapped::open(file).unwrap();
        mapped.write(b"takes no error by itself");
        assert_eq!(os_code(mapped), libc::ENOSPC);
    };
    let reply = |call, _: &_| if call == Call::Write { libc::ENOSPC } else { 0 };
    fuse::serve("pages_that_cannot_be_written_back_are_reported_at_close", client, reply);
}

/// While `close(2)` is under way, its number is free, and another thread takes that. A second attempt
/// after `EINTR` would close that thread's file.
#[test]
fn an_interrupted_close_is_not_tried_again() {
    let client = |file: &Path| {
        let mapped = Mapped::open(file).unwrap();
        let [number] = fuse::Client::this().open("file")[..] else { panic!("one descriptor") };
        let null = File::open("/dev/null").unwrap();
        let other = thread::scope(|scope| {
            let other = scope.spawn(|| {
                wait_for(|| {
                    // SAFETY: reaches no memory, and only this thread has the descriptor, if one is returned.
                    let copy = unsafe { libc::fcntl(null.as_raw_fd(), libc::F_DUPFD, number) };
                    assert_ne!(copy, -1);
                    // SAFETY: as above.
                    let copy = unsafe { OwnedFd::from_raw_fd(copy) };
                    (copy.as_raw_fd() == number).then_some(copy)
                })
            });
            let error = mapped.close().unwrap_err();
            let other = other.join().unwrap();
            assert_eq!(error.first().path(), "file");
            assert_eq!(error.downcast::<io::Error>().unwrap().raw_os_error(), Some(libc::EINTR));
            other
        });
        assert_eq!(fuse::Client::this().open("file"), []);
        assert!(fuse::Client::this().open("null").contains(&other.as_raw_fd()));
    };
    let mut number = -1;
    let reply = |call, client: &fuse::Client| match call {
        Call::Lock => {
            number = client.open("file")[0];
            0
        }
        Call::Flush => {
            wait_for(|| client.open("null").contains(&number).then_some(()));
            libc::EINTR
        }
        _ => 0,
    };
    fuse::serve("an_interrupted_close_is_not_tried_again", client, reply);
}

#[test]
fn the_error_of_a_full_disk_comes_out_of_close_and_the_descriptor_is_released() {
    let _alone = alone();
    let before = descriptors();
    let mut log = Log::open(Path::new("/dev/full")).unwrap();
    assert_eq!(descriptors(), before + 1);
    log.write(b"stays in the buffer").unwrap();
    let error = log.close().unwrap_err();
    assert_eq!(error.first().path(), "file");
    assert_eq!(error.downcast::<io::Error>().unwrap().raw_os_error(), Some(libc::ENOSPC));
    assert_eq!(descriptors(), before);
}

#[test]
fn a_write_that_failed_is_reported_by_close_too() {
    let _alone = alone();
    let before = descriptors();
    let mut log = Log::open(Path::new("/dev/full")).unwrap();
    // More than the buffer holds. Afterwards `fclose` alone would return 0.
    let error = log.write(&vec![b'x'; 100_000]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
    let error = log.close().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Log`: file: an earlier write failed");
    assert_eq!(descriptors(), before);
}

#[test]
fn a_drop_reports_a_full_disk_to_the_hook() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let _alone = alone();
    let mut log = Log::open(Path::new("/dev/full")).unwrap();
    log.write(b"stays in the buffer").unwrap();
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    drop(log);
    set_drop_hook(None);
    let reports = REPORTS.lock().unwrap();
    assert_eq!(*reports, ["failed to dispose `Log`: file: No space left on device (os error 28)"]);
}

#[test]
fn a_log_that_grows_too_large_says_so_when_it_is_closed() {
    if !in_own_process("a_log_that_grows_too_large_says_so_when_it_is_closed") {
        return;
    }
    let scratch = Scratch::new("large");
    let path = scratch.path().join("log");
    let before = descriptors();
    assert_eq!(
        Log::open(&scratch.path().join("missing/log")).err().unwrap().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(descriptors(), before);

    // SAFETY: ignored, so that the write fails instead.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    limit(libc::RLIMIT_FSIZE, 4);
    let mut log = Log::open(&path).unwrap();
    log.write(b"1234").unwrap();
    log.close().unwrap();
    let mut log = Log::open(&path).unwrap();
    log.write(b"5").unwrap();
    let error = log.close().unwrap_err();
    assert_eq!(error.downcast::<io::Error>().unwrap().raw_os_error(), Some(libc::EFBIG));
    assert_eq!(descriptors(), before);
    assert_eq!(fs::read(&path).unwrap(), b"1234");
}
