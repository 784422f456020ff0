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

#[test]
fn a_library_whose_thread_local_was_used_stays_though_its_close_succeeds() {
    let _alone = alone();
    let library = Built::new("thread_local", &["-DTHREAD_LOCAL"]);
    let path = library.0.clone();
    std::thread::spawn(move || {
        // SAFETY: built of `plugins/counter.c`.
        let mut counter = unsafe { Counter::open(&path).unwrap() };
        assert_eq!(counter.count(), Some(1));
        counter.close().unwrap();
    })
    .join()
    .unwrap();
    assert!(library.is_mapped(), "closed, its thread ended, and still there");

    // Opened and closed once more, without the `thread_local`.
    let path = std::ffi::CString::new(library.0.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the library has no initialisers, and nothing of it is used.
    unsafe { assert_eq!(libc::dlclose(libc::dlopen(path.as_ptr(), libc::RTLD_NOW)), 0) };
    assert!(!library.is_mapped());
}

/// A `Counter` with its fields declared the other way round.
#[derive(Close)]
struct WrongOrder {
    // SAFETY: none: the library that `free` is in has been closed by then. Only a child process runs
    // this, in order to crash.
    #[unmanaged(unsafe(release = |object| (self.free)(object)), invalid = std::ptr::null_mut())]
    object: *mut libc::c_void,
    // SAFETY: nothing else closes this handle.
    #[unmanaged(unsafe(release = libc::dlclose), check = dispose_core::status::zero)]
    library: *mut libc::c_void,
    free: unsafe extern "C" fn(*mut libc::c_void),
}

#[test]
fn the_other_order_crashes() {
    const LIBRARY: &str = "DISPOSE_EXAMPLES_WRONG_ORDER";
    if let Some(path) = env::var_os(LIBRARY) {
        let path = std::ffi::CString::new(path.as_encoded_bytes()).unwrap();
        // SAFETY: the library is built of `plugins/counter.c`, whose functions have these types.
        let wrong = unsafe {
            let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW);
            let free = libc::dlsym(library, c"counter_free".as_ptr());
            let free = std::mem::transmute::<*mut _, unsafe extern "C" fn(*mut _)>(free);
            WrongOrder { object: libc::calloc(1, 4), library, free }
        };
        wrong.close().unwrap();
        return;
    }
    let library = Built::new("wrong", &[]);
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_other_order_crashes"])
        .env(LIBRARY, &library.0)
        .status()
        .unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(libc::SIGSEGV));
}
