//! The guarantees of `examples/files.rs`, against the real kernel.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, io, process};

use dispose_core::{Close, set_drop_hook};

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/files.rs"]
mod files;

use files::{Log, Mapped};

/// Descriptors and mappings are the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, len: u64) -> Self {
        let path = env::temp_dir().join(format!("dispose-files-{}-{name}", process::id()));
        File::create(&path).unwrap().set_len(len).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The process's open descriptors, and how often `file` is mapped.
fn held(file: &Scratch) -> (usize, usize) {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let name = file.0.to_str().unwrap();
    (descriptors, maps.lines().filter(|line| line.ends_with(name)).count())
}

#[test]
fn everything_is_released_by_close_and_by_drop() {
    let _alone = alone();
    let file = Scratch::new("released", 8192);
    let before = held(&file);
    for close in [true, false] {
        let mut mapped = Mapped::open(&file.0).unwrap();
        assert_eq!(held(&file), (before.0 + 1, 1));
        mapped.write(b"hello");
        if close {
            mapped.close().unwrap();
        } else {
            drop(mapped);
        }
        assert_eq!(held(&file), before);
        assert!(fs::read(&file.0).unwrap().starts_with(b"hello"));
    }
}

#[test]
fn a_file_that_is_locked_is_refused_and_its_descriptor_closed() {
    let _alone = alone();
    let file = Scratch::new("locked", 4096);
    let first = Mapped::open(&file.0).unwrap();
    let before = held(&file);
    let error = Mapped::open(&file.0).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(held(&file), before);
    // Nothing else was released: the first is locked still.
    assert!(Mapped::open(&file.0).is_err());
    first.close().unwrap();
    Mapped::open(&file.0).unwrap().close().unwrap();
}

#[test]
fn a_mapping_that_fails_gives_lock_and_descriptor_back() {
    let _alone = alone();
    // No bytes: open and locked, but it cannot be mapped.
    let file = Scratch::new("empty", 0);
    let before = held(&file);
    let error = Mapped::open(&file.0).err().unwrap();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(held(&file), before);
    File::options().write(true).open(&file.0).unwrap().set_len(4096).unwrap();
    Mapped::open(&file.0).unwrap().close().unwrap();
}

#[test]
fn the_error_of_a_full_disk_comes_out_of_close_and_the_descriptor_is_released() {
    let _alone = alone();
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
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
fn a_drop_tells_the_hook_of_a_full_disk() {
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
