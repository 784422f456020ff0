//! A crate that derives on bare metal: every attribute that works without an allocator, and with
//! the feature `alloc` the others. It is built for a target that has no `std`, with the oldest
//! supported compiler.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

use core::ptr::NonNull;
use core::sync::atomic::AtomicPtr;
use dispose_core::{Close, Dispose, DisposeError, Each, status};

unsafe extern "C" {
    fn dma_free(channel: i32) -> i32;
    fn dma_share(channel: i32) -> i32;
    fn pool_free(block: NonNull<u8>);
    fn timer_stop(timer: *mut u8) -> bool;
}

#[derive(Dispose)]
#[dispose(explicit)]
pub struct Driver<'a, const N: usize> {
    #[unmanaged(unsafe(release = dma_free), check = status::zero, invalid = [-1, -2], on_error = keep)]
    channel: i32,
    #[unmanaged(unsafe(release = timer_stop), check = status::is_true)]
    timer: AtomicPtr<u8>,
    #[dispose]
    blocks: [Option<Pool>; N],
    #[cfg(feature = "alloc")]
    #[unmanaged(unsafe(release = dma_free), check = status::zero, each)]
    more: alloc::vec::Vec<i32>,
    name: &'a str,
}

#[derive(Dispose)]
pub struct Pool {
    #[unmanaged(unsafe(release = pool_free))]
    block: Option<NonNull<u8>>,
}

/// A collection without an allocator. The places without a timer are null.
pub struct Timers([*mut u8; 4]);

impl Each for Timers {
    type Value = *mut u8;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn values(&self) -> impl Iterator<Item = &*mut u8> {
        self.0.iter()
    }
    fn take(&mut self, index: usize) -> Option<*mut u8> {
        Some(core::mem::replace(self.0.get_mut(index)?, core::ptr::null_mut()))
    }
    fn put(&mut self, index: usize, timer: *mut u8) {
        self.0[index] = timer;
    }
}

#[derive(Dispose)]
pub struct Clock {
    #[unmanaged(each, unsafe(release = timer_stop), check = status::is_true, on_error = keep)]
    timers: Timers,
}

#[derive(Close)]
pub enum Handle {
    Block(#[unmanaged(unsafe(release = pool_free), always)] NonNull<u8>),
    Channel {
        #[unmanaged(unsafe(release = |c| dma_free(c + *offset)), check = status::non_negative, always)]
        channel: i32,
        offset: i32,
    },
}

/// The author's own error, made of a `DisposeError`.
pub struct Failed(usize);

impl From<DisposeError> for Failed {
    fn from(error: DisposeError) -> Self {
        Self(error.len())
    }
}

#[derive(Close)]
#[dispose(error = Failed)]
pub struct Channel {
    #[unmanaged(
        unsafe(release = dma_free),
        check = status::zero,
        unsafe(clone = |channel| status::zero(dma_share(channel))),
        always
    )]
    channel: i32,
}

/// Ends both of its owners.
///
/// # Errors
///
/// How many releases failed.
pub fn end(channel: Channel) -> Result<(), usize> {
    let second = channel.clone();
    channel.close().and(second.close()).map_err(|Failed(failures)| failures)
}

/// Everything a caller does with them.
///
/// # Errors
///
/// What the releases report.
pub fn shut_down(mut driver: Driver<'_, 2>, handle: Handle) -> Result<usize, DisposeError> {
    driver.dispose()?;
    let name = driver.name.len();
    handle.close()?;
    Ok(name)
}

/// The first place that failed.
#[must_use]
pub fn first(error: &DisposeError) -> (&'static str, usize, &str) {
    (error.type_name(), error.len(), error.first().path())
}
