//! Derives `Drop` and a fallible `dispose()` or `close()` for structs that own handles of a C library.
//! Each field is released once, in reverse order, and you get every error.
//!
//! [`#[derive(Dispose)]`](macro@Dispose) reads field attributes and generates an idempotent
//! [`dispose`](Dispose::dispose) and a `Drop` that release the fields in reverse order.
//! [`#[derive(Close)]`](macro@Close) does the same for handle types that you hand out. They are
//! released by value only, so safe code never sees a released handle.
//!
//! ```
//! use dispose_core::{Dispose, status};
//! # mod sys {
//! #     pub unsafe fn queue_free(_: *mut u8) -> i32 { 0 }
//! #     pub fn queue_new() -> *mut u8 { core::ptr::dangling_mut() }
//! #     pub fn log_close(_: i32) -> std::io::Result<()> { Ok(()) }
//! # }
//!
//! #[derive(Dispose)]
//! struct Worker {
//!     #[unmanaged(unsafe(release = sys::queue_free), check = status::zero)]
//!     queue: *mut u8,
//!     #[unmanaged(release = sys::log_close)]
//!     log: Option<i32>,
//!     name: String, // ordinary Rust: dropped as always
//! }
//!
//! let mut worker = Worker { queue: sys::queue_new(), log: Some(2), name: "w".into() };
//! worker.dispose()?; // closes the log, then frees the queue; every failure is in the error
//! worker.dispose()?; // does nothing
//! # Ok::<(), dispose_core::DisposeError>(())
//! // Without the calls, `Drop` releases both and reports failures to the drop hook
//! ```
//!
//! # Which derive
//!
//! One question decides: can code still reach the value after its release?
//!
//! * **No: [`derive(Close)`](macro@Close).** For handle types that you hand out.
//!   [`close(self)`](Close::close) or `Drop` releases them, so nothing can observe a released value.
//!   Methods need no check, and fields need no empty state.
//! * **Yes: [`derive(Dispose)`](macro@Dispose).** For owners that something disposes in place: a
//!   container, another type's `Drop`, a shared owner. Their methods call
//!   [`ensure_live`](Dispose::ensure_live) first. Without those checks, an in-place `dispose()` on a
//!   public handle type lets safe code use a null or freed handle.
//!
//! # Beyond the derive
//!
//! | for | use |
//! |---|---|
//! | a type that owns several resources | one of the two derives |
//! | a type that holds one handle and nothing else, made from a raw one and turned into one | [`#[derive(SafeHandle)]`](macro@SafeHandle) beside it |
//! | a handle that threads use while one of them closes it, or that its children hold | [`Shared`] |
//! | a resource for the length of one block, with its errors | [`using`], [`using_async`] |
//! | releases that must be awaited | [`#[derive(AsyncDispose)]`](macro@AsyncDispose) beside `Dispose` |
//! | resources whose number is known only at run time, and all-or-nothing construction | [`DisposeStack`], [`AsyncDisposeStack`] |
//! | a release that may be refused, by value | [`TryClose`] |
//! | a `close` with an error of your own, without an import | [`#[dispose(error = E)]`](macro@Dispose#a-close-with-an-error-of-your-own) |
//! | a handle whose owners the library counts | [`clone = F`](macro@Dispose#a-second-owner) |
//!
//! Some subjects have pages of their own: [recipes](guide::recipes) (a parent with children, the library's
//! own text, `into_raw`, `Send`); [what a release does not say](guide::what_a_release_does_not_say), and what
//! to write for it; [where reports go](guide::reports), with recipes for `log` and `tracing`; [pinned
//! owners](guide::pinned).
//!
//! # Features
//!
//! * `std` (default): the operating system's error as an outcome ([`status::errno`] and others), the
//!   drop hook's line on standard error, `Dispose` for `Mutex`, `RwLock`, `OnceLock` and `HashMap`.
//!   Implies `alloc`.
//! * `alloc`: errors with their causes, `Box`, `Vec` and other collections as parts and as fields with
//!   `each`, the two stacks and [`OwnedLease`]. Without it a [`DisposeError`] holds the type, the number
//!   of failures and the first path.
//! * `derive` (default): re-exports the macros.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "alloc")]
mod async_stack;
mod asynchronous;
mod by_value;
#[cfg(feature = "alloc")]
mod chain;
#[cfg(feature = "alloc")]
mod collections;
mod disposal;
mod dispose;
mod each;
mod error;
mod failures;
mod handle;
mod hook;
mod impls;
mod inherent;
mod outcome;
mod path;
#[doc(hidden)]
mod probe;
mod retain;
mod scope;
mod sentinel;
#[cfg(target_has_atomic = "ptr")]
mod shared;
mod slot;
#[cfg(feature = "alloc")]
mod stack;
pub mod status;
mod try_close;
mod type_id;
mod type_name;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// Pages for the authors of wrappers.
#[cfg(doc)]
pub mod guide {
    #[doc = include_str!("../docs/what_a_release_does_not_say.md")]
    pub mod what_a_release_does_not_say {}
    #[doc = include_str!("../docs/recipes.md")]
    pub mod recipes {}
    // The code of these two needs other crates. The package `dispose-tests` runs it.
    #[cfg(not(doctest))]
    #[doc = include_str!("../docs/reports.md")]
    pub mod reports {}
    #[cfg(not(doctest))]
    #[doc = include_str!("../docs/pinned.md")]
    pub mod pinned {}
}

#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use crate::async_stack::AsyncDisposeStack;
pub use crate::asynchronous::AsyncDispose;
pub use crate::dispose::{Close, Dispose};
pub use crate::each::Each;
pub use crate::error::{DisposeError, Disposed, Failure};
pub use crate::failures::Failures;
pub use crate::handle::SafeHandle;
pub use crate::hook::{DropReport, set_drop_hook};
pub use crate::outcome::Outcome;
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use crate::scope::BodyError;
pub use crate::scope::{UsingError, using, using_async};
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use crate::shared::OwnedLease;
#[cfg(target_has_atomic = "ptr")]
pub use crate::shared::{Closing, Lease, Shared};
pub use crate::slot::{Lend, Slot};
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use crate::stack::DisposeStack;
pub use crate::status::StatusError;
pub use crate::try_close::{TryClose, TryCloseError};

#[cfg(feature = "derive")]
pub use dispose_derive::{AsyncDispose, Close, Dispose, SafeHandle};
