//! A C library whose functions cost next to nothing, and whose bodies no caller sees.

use std::ffi::c_void;
use std::hint::black_box;

/// # Safety
///
/// None is needed.
#[inline(never)]
pub unsafe extern "C" fn free(pointer: *mut c_void) {
    black_box(pointer);
}

/// Returns 0.
///
/// # Safety
///
/// None is needed.
#[inline(never)]
pub unsafe extern "C" fn close(pointer: *mut c_void) -> i32 {
    black_box(pointer);
    black_box(0)
}
