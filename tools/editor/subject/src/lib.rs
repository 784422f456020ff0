//! What the cases are put into.

#![allow(dead_code, unused_imports)]

use std::ptr::NonNull;

use dispose_core::{AsyncDispose, Close, Dispose, SafeHandle, status};

pub mod ffi {
    /// Unmaps a region.
    pub unsafe fn region_unmap(_region: *mut u8, _length: usize) -> i32 {
        0
    }
    /// Frees a region.
    pub unsafe fn region_free(_region: *mut u8) -> i32 {
        0
    }
    /// No region.
    pub const NO_REGION: u32 = 0;
}

/// Shuts a descriptor.
pub fn shut(_descriptor: i32) -> std::io::Result<()> {
    Ok(())
}

/// Reads our status.
pub fn ours(_status: i32) -> std::io::Result<()> {
    Ok(())
}

/// Whether to try again.
pub fn is_busy(_error: &std::io::Error) -> bool {
    true
}

/// Hears of failures.
pub fn hear(_report: &dispose_core::DropReport) {}

pub struct Socket {
    pub number: i32,
}

impl Socket {
    /// Hangs up.
    pub fn hang_up(self) {}
    /// Says goodbye.
    pub async fn goodbye(self) {}
}

//CASE
