//! What `bindgen` makes of a header like
//!
//! ```c
//! #define REGION_NONE 0
//! typedef struct region region;
//! typedef enum { REGION_OK, REGION_BUSY = 16 } region_result;
//! typedef void (*region_callback)(void *context);
//! typedef struct { unsigned id; region_callback callback; } region_watch;
//! region *region_open(const char *name);
//! region_result region_close(region *region);
//! int region_unwatch(region *region, region_watch *watch);
//! ```

use std::ffi::CStr;

use dispose_core::{Close, Dispose, status};

use crate::{log, logged};

#[allow(non_camel_case_types, non_upper_case_globals, dead_code, clippy::all, clippy::pedantic)]
mod ffi {
    pub const REGION_NONE: u32 = 0;
    #[repr(C)]
    #[derive(Debug, Copy, Clone)]
    pub struct region {
        _unused: [u8; 0],
    }
    pub const region_result_REGION_OK: region_result = 0;
    pub const region_result_REGION_BUSY: region_result = 16;
    pub type region_result = ::std::os::raw::c_uint;
    pub type region_callback =
        ::std::option::Option<unsafe extern "C" fn(context: *mut ::std::os::raw::c_void)>;
    #[repr(C)]
    #[derive(Debug, Default, Copy, Clone)]
    pub struct region_watch {
        pub id: ::std::os::raw::c_uint,
        pub callback: region_callback,
    }
    #[allow(clippy::unnecessary_operation, clippy::identity_op)]
    const _: () = {
        ["Size of region_watch"][::std::mem::size_of::<region_watch>() - 16usize];
        ["Offset of field: region_watch::id"][::std::mem::offset_of!(region_watch, id) - 0usize];
    };
    unsafe extern "C" {
        pub fn region_open(name: *const ::std::os::raw::c_char) -> *mut region;
    }
    unsafe extern "C" {
        pub fn region_close(region: *mut region) -> region_result;
    }
    unsafe extern "C" {
        pub fn region_unwatch(
            region: *mut region,
            watch: *mut region_watch,
        ) -> ::std::os::raw::c_int;
    }
}

/// The library.
mod library {
    use super::ffi::{region, region_result, region_watch};

    #[unsafe(no_mangle)]
    extern "C" fn region_open(_: *const std::os::raw::c_char) -> *mut region {
        std::ptr::dangling_mut()
    }
    #[unsafe(no_mangle)]
    extern "C" fn region_close(_: *mut region) -> region_result {
        super::log("close".into());
        super::ffi::region_result_REGION_BUSY
    }
    #[unsafe(no_mangle)]
    extern "C" fn region_unwatch(_: *mut region, watch: *mut region_watch) -> std::os::raw::c_int {
        // SAFETY: the caller passes a watch.
        super::log(format!("unwatch {}", unsafe { (*watch).id }));
        0
    }
}

#[derive(Dispose)]
struct Region {
    // SAFETY: nothing else closes it, and no method uses it.
    #[unmanaged(unsafe(release = ffi::region_close), check = |status| match status {
        ffi::region_result_REGION_OK => Ok(()),
        other => Err(std::io::Error::from_raw_os_error(other.cast_signed())),
    })]
    region: *mut ffi::region,
    // SAFETY: the region is closed after it.
    #[unmanaged(unsafe(release = |mut watch: ffi::region_watch| ffi::region_unwatch(self.region, &raw mut watch)), check = status::zero)]
    watch: Option<ffi::region_watch>,
    #[unmanaged(release = |id| log(format!("id {id}")), invalid = ffi::REGION_NONE)]
    id: u32,
    #[dispose(skip)]
    callback: ffi::region_callback,
}

#[test]
fn bindgen() {
    const NAME: &CStr = c"name";
    // SAFETY: a C string.
    let region = unsafe { ffi::region_open(NAME.as_ptr()) };
    let watch = Some(ffi::region_watch { id: 4, callback: None });
    let region = Region { region, watch, id: 5, callback: None };
    assert!(region.callback.is_none());
    let error = region.close().unwrap_err();
    assert_eq!(error.len(), 1);
    assert_eq!(error.first().path(), "region");
    assert_eq!(logged(), "id 5 unwatch 4 close");
}
