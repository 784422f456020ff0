//! `DisposeStack`: disposables of any type, whose number is known only at run time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::{fmt, mem};

use crate::disposal;
use crate::dispose::InPlace;
use crate::failures::steps::record_at;
use crate::hook;
use crate::path::Segment;
use crate::{Close, Dispose, Failures, Outcome};

/// A stack of disposables of any type, released last in, first out.
///
/// It owns what is put on it: disposables ([`push`](Self::push)), values with a function that
/// releases them ([`adopt`](Self::adopt)), and functions to run ([`defer`](Self::defer)). An entry
/// leaves the stack before its release runs, so no release runs twice. If a release fails or panics,
/// the others still run. The path of a failure begins with the entry's position, counted from
/// 0 in the order of pushing: `[2]`, `[2].fd`.
///
/// The stack is itself [`Dispose`](trait@Dispose). A disposal closes what was pushed, and leaves the
/// stack empty, to be used again. If the stack is dropped, what was pushed is dropped too, and its own
/// `Drop` releases it. Failures of the other entries then go to the drop hook. The stack is neither
/// `Send` nor `Sync`, because its entries need not be.
///
/// # All or nothing
///
/// Suppose that a function opens several things, and a later one may fail. If the function returns early
/// or panics, the stack releases what was opened. At the end, [`take`](Self::take) moves it all out.
///
/// ```
/// use dispose_core::{Dispose, DisposeStack};
/// # use dispose_core::Close;
/// # use std::cell::Cell;
/// # use std::io;
/// # thread_local!(static OPEN: Cell<u32> = Cell::new(0));
/// # #[derive(Close)]
/// # struct Port { #[unmanaged(release = |_number| OPEN.set(OPEN.get() - 1), always)] number: u16 }
/// # impl Port {
/// #     fn open(number: u16) -> io::Result<Port> {
/// #         if number > 9000 { return Err(io::ErrorKind::AddrInUse.into()) }
/// #         OPEN.set(OPEN.get() + 1);
/// #         Ok(Port { number })
/// #     }
/// # }
///
/// fn open_all(numbers: &[u16]) -> io::Result<DisposeStack<'static>> {
///     let mut opened = DisposeStack::new();
///     for &number in numbers {
///         opened.push(Port::open(number)?); // on an error, `opened` closes the others
///     }
///     Ok(opened.take()) // all are open: keep them
/// }
///
/// assert!(open_all(&[80, 443, 9001]).is_err());
/// # assert_eq!(OPEN.get(), 0);
/// let mut ports = open_all(&[80, 443])?;
/// # assert_eq!(OPEN.get(), 2);
/// ports.dispose()?; // 443, then 80
/// # assert_eq!(OPEN.get(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A type that keeps what was opened holds the stack in a `#[dispose]` field.
#[derive(Default)]
pub struct DisposeStack<'a> {
    entries: Vec<Box<dyn Entry + 'a>>,
}

/// Drops all entries, also those below one whose drop panics.
pub(crate) fn drop_last_first<T>(entries: &mut Vec<T>) {
    struct Rest<'a, T>(&'a mut Vec<T>);
    impl<T> Drop for Rest<'_, T> {
        fn drop(&mut self) {
            while let Some(entry) = self.0.pop() {
                drop(entry);
            }
        }
    }
    let rest = Rest(entries);
    while let Some(entry) = rest.0.pop() {
        drop(entry);
    }
}

/// An entry of the stack. Its release consumes it.
trait Entry {
    fn release(self: Box<Self>, at: Segment<'_>, failures: &mut Failures);
}

struct Pushed<T>(T);

impl<T: Close> Entry for Pushed<T> {
    fn release(self: Box<Self>, at: Segment<'_>, failures: &mut Failures) {
        // In `Drop` the resource is dropped, not closed, so that the rules of its own `Drop` hold.
        if failures.is_drop() {
            drop(self);
        } else {
            record_at(failures, at, self.0.close());
        }
    }
}

struct Adopted<T, F>(T, F);

impl<T, O: Outcome, F: FnOnce(T) -> O> Entry for Adopted<T, F> {
    fn release(self: Box<Self>, at: Segment<'_>, failures: &mut Failures) {
        let Self(value, release) = *self;
        record_at(failures, at, release(value));
    }
}

impl<'a> DisposeStack<'a> {
    /// Creates an empty stack, without an allocation.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Puts a disposable on the stack.
    ///
    /// A disposal of the stack closes it. A failure in it has a path such as `[2].fd`.
    ///
    /// ```
    /// # use dispose_core::{Close, Dispose, DisposeStack};
    /// # #[derive(Close)]
    /// # struct File { #[unmanaged(release = drop, always)] fd: i32 }
    /// # #[derive(Dispose)]
    /// # struct Window { #[unmanaged(release = drop)] id: Option<u32> }
    /// let mut stack = DisposeStack::new();
    /// stack.push(File { fd: 3 });
    /// stack.push(Window { id: Some(7) });
    /// stack.dispose()?; // the window, then the file
    /// # Ok::<(), dispose_core::DisposeError>(())
    /// ```
    pub fn push(&mut self, resource: impl Close + 'a) {
        self.entries.push(Box::new(Pushed(resource)));
    }

    /// Puts a value on the stack with the function that releases it.
    ///
    /// ```
    /// # use dispose_core::{Dispose, DisposeStack};
    /// # fn munmap(_: (usize, usize)) -> std::io::Result<()> { Ok(()) }
    /// let mut stack = DisposeStack::new();
    /// let (address, len) = (0x1000, 4096);
    /// stack.adopt((address, len), munmap);
    /// stack.dispose()?;
    /// # Ok::<(), dispose_core::DisposeError>(())
    /// ```
    pub fn adopt<T: 'a, O: Outcome>(&mut self, value: T, release: impl FnOnce(T) -> O + 'a) {
        self.entries.push(Box::new(Adopted(value, release)));
    }

    /// Puts a function on the stack, to be called after all entries above it have been released.
    ///
    /// ```
    /// # use dispose_core::DisposeStack;
    /// # fn remove(_: &str) -> std::io::Result<()> { Ok(()) }
    /// let mut undo = DisposeStack::new();
    /// undo.defer(|| remove("scratch"));
    /// undo.defer(|| println!("removing the scratch directory"));
    /// drop(undo); // prints, then removes
    /// ```
    pub fn defer<O: Outcome>(&mut self, run: impl FnOnce() -> O + 'a) {
        self.adopt((), |()| run());
    }

    /// Moves all entries to a new stack and leaves this one empty.
    ///
    /// This commits an all-or-nothing construction.
    #[must_use = "what is taken is released when dropped"]
    pub fn take(&mut self) -> Self {
        mem::take(self)
    }

    /// Drops every entry, the last one first, and calls no release function.
    ///
    /// The values and functions of [`adopt`](Self::adopt) and [`defer`](Self::defer) are dropped as
    /// ordinary Rust. Raw handles stay open, for the value that owns them now. A *pushed* disposable is
    /// still released, by its own `Drop`. Move it out with [`take`](Self::take) instead.
    ///
    /// Any code that owns a stack may call this. So an entry must not capture memory that its live
    /// resource still uses. Make such a pair a type of its own, and push it.
    ///
    /// ```
    /// # use dispose_core::{Close, DisposeStack};
    /// # use std::io;
    /// # fn open(name: &str) -> io::Result<i32> { Ok(if name == "log" { 3 } else { 4 }) }
    /// # fn close(_: i32) -> io::Result<()> { panic!("it has an owner") }
    /// struct Files { log: i32, data: i32 }
    ///
    /// fn open_both() -> io::Result<Files> {
    ///     let mut undo = DisposeStack::new();
    ///     let log = open("log")?;
    ///     undo.adopt(log, close);
    ///     let data = open("data")?; // on an error, `undo` closes the log
    ///     undo.adopt(data, close);
    ///     undo.forget();
    ///     Ok(Files { log, data })
    /// }
    /// # assert_eq!(open_both()?.data, 4);
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn forget(mut self) {
        drop_last_first(&mut self.entries);
    }

    /// Returns the number of entries that are not yet released.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns `true` if no entry is left to release.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Dispose for DisposeStack<'_> {
    fn release_all(&mut self, failures: &mut Failures) {
        while let Some(entry) = self.entries.pop() {
            entry.release(Segment::Index(self.entries.len()), failures);
        }
    }

    fn is_disposed(&self) -> bool {
        self.is_empty()
    }
}

impl Drop for DisposeStack<'_> {
    fn drop(&mut self) {
        disposal::in_drop::<InPlace, _>(self, false, hook::report);
    }
}

impl fmt::Debug for DisposeStack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DisposeStack").field("len", &self.len()).finish_non_exhaustive()
    }
}
