//! The guarantees of `examples/plugin.rs`, against a shared library that is built here.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, process};

use dispose_core::Close;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/plugin.rs"]
mod plugin;

use plugin::Counter;

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Built(PathBuf);

impl Built {
    fn new(name: &str, flags: &[&str]) -> Self {
        let path = env::temp_dir().join(format!("dispose-plugin-{}-{name}.so", process::id()));
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&path)
            .args(flags)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/counter.c"))
            .status()
            .unwrap();
        assert!(status.success());
        Self(path)
    }

    fn is_mapped(&self) -> bool {
        fs::read_to_string("/proc/self/maps").unwrap().contains(self.0.to_str().unwrap())
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn the_object_goes_before_its_library() {
    let _alone = alone();
    let library = Built::new("order", &[]);
    for close in [true, false] {
        // SAFETY: built of `plugins/counter.c`.
        let mut counter = unsafe { Counter::open(&library.0).unwrap() };
        assert_eq!((counter.count(), counter.count()), (Some(1), Some(2)));
        assert!(library.is_mapped());
        // In the other order the call of `counter_free` would meet no code.
        if close {
            counter.close().unwrap();
        } else {
            drop(counter);
        }
        assert!(!library.is_mapped());
    }
}

#[test]
fn a_library_that_lacks_a_function_is_closed_again() {
    let _alone = alone();
    let library = Built::new("lacks", &["-Dcounter_free=counter_other"]);
    // SAFETY: built of `plugins/counter.c`, with one name changed.
    let error = unsafe { Counter::open(&library.0) }.err().unwrap();
    assert!(error.to_string().contains("counter_free"), "{error}");
    assert!(!library.is_mapped());
}
