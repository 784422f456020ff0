//! Libraries that are loaded while the test runs.

use std::error::Error as _;
use std::ffi::{CStr, CString, c_char};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::{fs, mem};

use libloading::os::unix;

use crate::P;
use crate::row::missing;

/// A shared library; it stays loaded.
pub struct Library {
    /// What it is called on the page.
    pub name: &'static str,
    files: &'static [&'static str],
    version: fn() -> String,
    loaded: OnceLock<unix::Library>,
}

impl Library {
    /// A library by its name, the names that its file may have, and a function that asks it for its version.
    #[must_use]
    pub const fn new(
        name: &'static str,
        files: &'static [&'static str],
        version: fn() -> String,
    ) -> Self {
        Self { name, files, version, loaded: OnceLock::new() }
    }

    /// Asks the library for its version.
    pub fn version(&self) -> String {
        self.load();
        (self.version)()
    }

    fn load(&self) -> &unix::Library {
        self.loaded.get_or_init(|| {
            let mut why = String::new();
            for file in self.files {
                // SAFETY: its initialisers are sound, as far as a program that links it may ask for.
                match unsafe {
                    unix::Library::open(Some(*file), unix::RTLD_NOW | unix::RTLD_GLOBAL)
                } {
                    Ok(library) => return library,
                    // Which file, says the cause.
                    Err(error) => {
                        why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                    }
                }
            }
            missing(&why)
        })
    }

    /// Finds what the library exports under `name`.
    ///
    /// # Panics
    ///
    /// Panics if it exports no such thing.
    pub fn symbol(&self, name: &str) -> P {
        let c = CString::new(name).unwrap();
        // SAFETY: only the address is asked for; its type is the caller's to know.
        let symbol = unsafe { self.load().get::<P>(c.to_bytes_with_nul()) };
        match symbol {
            Ok(symbol) => symbol.into_raw(),
            Err(error) => panic!("{} has no `{name}`: {error}", self.name),
        }
    }

    /// Finds the function of the name, as the pointer type `F`.
    ///
    /// # Panics
    ///
    /// Panics if the library lacks it, or if `F` is not a pointer.
    ///
    /// # Safety
    ///
    /// That is its type.
    pub unsafe fn function<F: Copy>(&self, name: &str) -> F {
        let symbol = self.symbol(name);
        assert_eq!(size_of::<F>(), size_of::<P>());
        // SAFETY: a function pointer, says the caller.
        unsafe { mem::transmute_copy(&symbol) }
    }

    /// Reads the version of the interface from the name of the file, for a library that says no other:
    /// `.so.1.4.8`.
    ///
    /// # Panics
    ///
    /// Panics if the file is not found among the mapped ones.
    pub fn file_version(&self) -> String {
        self.load();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let stem = self.files[0].split(".so").next().unwrap();
        // Not of another library, whose name begins with this one's.
        let is_of =
            |name: &str| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-']));
        let path: PathBuf = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5))
            .find(|path| path.rsplit('/').next().is_some_and(is_of))
            .unwrap()
            .into();
        let path = fs::canonicalize(&path).unwrap_or(path);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.split_once(".so.") {
            Some((_, version)) => version.to_owned(),
            None => {
                name.trim_start_matches(stem).trim_matches('-').trim_end_matches(".so").to_owned()
            }
        }
    }
}

/// Copies a C string; null is empty.
///
/// # Safety
///
/// It is one, or null.
#[must_use]
pub unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: see above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A library and its functions: each becomes an `unsafe fn` that looks the real one up when it is first
/// called. `var` is one with more arguments than are named: a function that hands out its pointer.
#[macro_export]
macro_rules! library {
    (
        $library:ident $name:literal in $($file:literal)|+;
        version $version:expr;
        $($functions:tt)*
    ) => {
        #[allow(unused_unsafe)]
        pub static $library: $crate::Library =
            $crate::Library::new($name, &[$($file),+], || unsafe { ToString::to_string(&$version) });
        $crate::functions! { $library $($functions)* }
    };
}

/// The functions of a [`library!`].
#[macro_export]
macro_rules! functions {
    ($library:ident) => {};
    (
        $library:ident
        fn $function:ident($($argument:ident: $ty:ty),* $(,)?) $(-> $returned:ty)?;
        $($rest:tt)*
    ) => {
        #[allow(dead_code, clippy::too_many_arguments)]
        pub unsafe fn $function($($argument: $ty),*) $(-> $returned)? {
            type F = unsafe extern "C" fn($($ty),*) $(-> $returned)?;
            static FOUND: std::sync::OnceLock<F> = std::sync::OnceLock::new();
            let found = FOUND.get_or_init(|| unsafe { $library.function::<F>(stringify!($function)) });
            unsafe { found($($argument),*) }
        }
        $crate::functions! { $library $($rest)* }
    };
    (
        $library:ident
        var $function:ident($($ty:ty),*) $(-> $returned:ty)?;
        $($rest:tt)*
    ) => {
        #[allow(dead_code)]
        pub fn $function() -> unsafe extern "C" fn($($ty),*, ...) $(-> $returned)? {
            unsafe { $library.function(stringify!($function)) }
        }
        $crate::functions! { $library $($rest)* }
    };
}
