//! A plugin: an object whose code is in a shared library, so it is freed before `dlclose`.
//!
//! `dlclose` returns 0 even if it unloads nothing. A library with a `thread_local` that has a destructor
//! (in C++ or Rust) stays mapped once a thread has used it. It stays after the thread has ended, until the
//! library is opened and closed again. So a plugin that was replaced on disk may still be the old one.
//!
//! ```text
//! cc -shared -fPIC -o counter.so examples/plugins/counter.c
//! cargo run -q -p dispose-examples --example plugin ./counter.so
//! ```

use std::error::Error;
use std::ffi::{CStr, CString, c_int, c_void};
use std::mem;
use std::path::Path;
use std::ptr::NonNull;

use dispose_core::Close;

/// An object of the plugin, and the library with its code.
#[derive(Close)]
pub struct Counter {
    // First declared, last released.
    // SAFETY: nothing else holds this handle, and nothing of the library is used afterwards.
    #[unmanaged(unsafe(release = |library| dlclose(library)))]
    library: Option<NonNull<c_void>>,
    // SAFETY: the object is ours alone, and the library that frees it is still open.
    #[unmanaged(unsafe(release = |object| (self.free)(object)))]
    object: Option<NonNull<c_int>>,
    next: unsafe extern "C" fn(NonNull<c_int>) -> c_int,
    free: unsafe extern "C" fn(NonNull<c_int>),
}

/// # Safety
///
/// `library` is a handle of `dlopen`, and nothing of it is used afterwards.
unsafe fn dlclose(library: NonNull<c_void>) -> Result<(), std::io::Error> {
    // SAFETY: see above.
    match unsafe { libc::dlclose(library.as_ptr()) } {
        0 => Ok(()),
        _ => Err(std::io::Error::other(last_error())),
    }
}

fn last_error() -> String {
    // SAFETY: the message is this thread's until its next call, and copied before that.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, so a C string.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A library on its way into a `Counter`.
#[derive(Close)]
struct Library {
    // SAFETY: nothing else holds this handle, and nothing of the library is used afterwards.
    #[unmanaged(unsafe(release = |handle| dlclose(handle)))]
    handle: Option<NonNull<c_void>>,
}

impl Library {
    fn symbol(&self, name: &CStr) -> Result<NonNull<c_void>, String> {
        let handle = self.handle.ok_or("closed")?;
        // SAFETY: the handle is open, and `name` a C string.
        let symbol = unsafe { libc::dlsym(handle.as_ptr(), name.as_ptr()) };
        NonNull::new(symbol).ok_or_else(last_error)
    }
}

impl Counter {
    /// Opens the library at `path` and makes an object of it.
    ///
    /// # Errors
    ///
    /// Returns an error if the library cannot be opened or lacks a function. It is closed then.
    ///
    /// # Safety
    ///
    /// The library is a build of `plugins/counter.c`, or has functions of the same types.
    pub unsafe fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let path = CString::new(path.as_os_str().as_encoded_bytes())?;
        // SAFETY: `path` is a C string. The caller promises that the library's initialisers are sound.
        let handle = NonNull::new(unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) });
        let mut library = Library { handle: Some(handle.ok_or_else(last_error)?) };
        // From here on, `?` drops `library`, which closes it.
        let (new, next, free) = (
            library.symbol(c"counter_new")?,
            library.symbol(c"counter_next")?,
            library.symbol(c"counter_free")?,
        );
        // SAFETY: the caller promises that these are the functions' types.
        let object = unsafe {
            mem::transmute::<NonNull<c_void>, unsafe extern "C" fn() -> Option<NonNull<c_int>>>(new)(
            )
        };
        let object = Some(object.ok_or("out of memory")?);
        Ok(Self {
            library: library.handle.take(), // handed over, so not closed here
            object,
            // SAFETY: as above.
            next: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn(_) -> _>(next) },
            // SAFETY: as above.
            free: unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn(_)>(free) },
        })
    }

    /// Counts one more, and returns the count. Returns `None` without an object.
    pub fn count(&mut self) -> Option<c_int> {
        // SAFETY: both the object and the library live as long as `self`.
        self.object.map(|object| unsafe { (self.next)(object) })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: plugin <counter.so>")?;
    // SAFETY: the argument is the library that the head of this file builds.
    let mut counter = unsafe { Counter::open(Path::new(&path))? };
    println!("counted: {:?}, {:?}", counter.count(), counter.count());
    counter.close()?;
    println!("object freed, then library closed");
    Ok(())
}
