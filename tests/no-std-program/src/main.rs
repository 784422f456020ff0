//! A program without `std` and without an allocator: it links the C library alone, and exits with 0
//! only if its resources were released as promised. `.ci/no-std` builds and runs it.

#![no_std]
#![no_main]

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::panic::PanicInfo;
use core::ptr::NonNull;

use dispose_core::{Close, Dispose, status};

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn close(fd: c_int) -> c_int;
    fn dup(fd: c_int) -> c_int;
    fn free(block: *mut c_void);
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it needs nothing.
    unsafe { abort() }
}

/// What the ready-made `core` names as its way to unwind. Nothing unwinds here.
// SAFETY: no other crate of the program defines it, for `std` is not among them.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The releases so far, one letter each.
#[derive(Default)]
struct Log([Cell<u8>; 4]);

impl Log {
    fn add(&self, letter: u8) {
        if let Some(free) = self.0.iter().find(|place| place.get() == 0) {
            free.set(letter);
        }
    }
    fn is(&self, letters: &[u8]) -> bool {
        let mut rest = self.0.iter().skip(letters.len());
        self.0.iter().zip(letters).all(|(place, letter)| place.get() == *letter)
            && rest.all(|place| place.get() == 0)
    }
}

#[derive(Dispose)]
struct InPlace<'a> {
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = |fd| { self.log.add(b'f'); close(fd) }), check = status::zero, invalid = -1)]
    fd: c_int,
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = |block| { self.log.add(b'b'); free(block) }))]
    block: *mut c_void,
    log: &'a Log,
}

#[derive(Close)]
struct ByValue<'a> {
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = |block: NonNull<c_void>| { self.log.add(b'b'); free(block.as_ptr()) }), always)]
    block: NonNull<c_void>,
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = |fd| { self.log.add(b'f'); close(fd) }), check = status::zero, always)]
    fd: c_int,
    log: &'a Log,
}

fn open() -> (c_int, *mut c_void) {
    // SAFETY: a second descriptor of standard output, and a block of its own.
    unsafe { (dup(1), calloc(1, 16)) }
}

fn in_place() -> Option<()> {
    let log = Log::default();
    let (fd, block) = open();
    let mut both = InPlace { fd, block, log: &log };
    (fd >= 0 && !block.is_null() && log.is(b"")).then_some(())?;
    both.dispose().ok()?;
    both.dispose().ok()?;
    (log.is(b"bf") && both.is_disposed()).then_some(())?;
    drop(both);
    log.is(b"bf").then_some(())
}

fn dropped() -> Option<()> {
    let log = Log::default();
    let (fd, block) = open();
    drop(InPlace { fd, block, log: &log });
    log.is(b"bf").then_some(())
}

fn by_value() -> Option<()> {
    let log = Log::default();
    let (fd, block) = open();
    ByValue { block: NonNull::new(block)?, fd, log: &log }.close().ok()?;
    log.is(b"fb").then_some(())
}

/// The descriptor is none, so closing it fails; the block is freed all the same.
fn failing() -> Option<()> {
    let log = Log::default();
    let (fd, block) = open();
    // SAFETY: it was just opened, and nothing else has it.
    unsafe { close(fd) };
    let both = ByValue { block: NonNull::new(block)?, fd, log: &log };
    let error = both.close().err()?;
    let is_named = (error.type_name(), error.len(), error.first().path()) == ("ByValue", 1, "fd");
    (is_named && log.is(b"fb")).then_some(())
}

/// The number of the first part that went wrong, or 0.
// SAFETY: the C library's start-up code calls the one function of this name.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const u8) -> c_int {
    let parts: [fn() -> Option<()>; 4] = [in_place, dropped, by_value, failing];
    for (part, number) in parts.into_iter().zip(1..) {
        if part().is_none() {
            return number;
        }
    }
    0
}
