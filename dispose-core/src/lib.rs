//! Release what a C library handed out: every resource exactly once, in reverse order, errors seen.
//!
//! [`#[derive(Dispose)]`](macro@Dispose) reads field attributes and generates an idempotent
//! [`dispose`](Dispose::dispose) and a `Drop` that release the fields in reverse order.
//! [`#[derive(Close)]`](macro@Close) does the same for handle types that are handed out: released
//! by value only, so that safe code never sees a released handle.
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
//! // `Drop` would have released both, and reported failures to the drop hook
//! ```
//!
//! # Which derive
//!
//! One question decides: may the value be seen after its release?
//!
//! * **No: [`derive(Close)`](macro@Close).** For handle types that are handed out to others. They
//!   are released by [`close(self)`](Close::close) or by `Drop`, so nothing can observe a released
//!   value: no method needs a check, and no field needs an empty state.
//! * **Yes: [`derive(Dispose)`](macro@Dispose).** For owners that something disposes in place: a
//!   container, another type's `Drop`, a shared owner. Their methods ask
//!   [`ensure_live`](Dispose::ensure_live) first. Giving a public handle type an in-place
//!   `dispose()` without those checks lets safe code use a null or freed handle.
//!
//! # Beyond the derive
//!
//! | for | use |
//! |---|---|
//! | a type that owns several resources | one of the two derives |
//! | a type that is nothing but one handle, made from and turned into a raw one | [`#[derive(SafeHandle)]`](macro@SafeHandle) beside it |
//! | a handle that threads use while one of them closes it, or that children hold | [`Shared`] |
//! | a resource for the length of one block, with its errors | [`using`], [`using_async`] |
//! | releases that must be awaited | [`#[derive(AsyncDispose)]`](macro@AsyncDispose) beside `Dispose` |
//! | resources whose number is known only at run time, and all-or-nothing construction | [`DisposeStack`], [`AsyncDisposeStack`] |
//! | a release that may be refused, by value | [`TryClose`] |
//! | a `close` with an error of your own, without an import | [`#[dispose(error = E)]`](macro@Dispose#a-close-with-an-error-of-your-own) |
//! | a handle whose owners the library counts | [`clone = F`](macro@Dispose#a-second-owner) |
//!
//! What no status says, and what to write for it, is on a page of its own:
//! [what a release does not say](guide::what_a_release_does_not_say). So have the
//! [recipes](guide::recipes) (a parent with children, the library's own text, `into_raw`, `Send`),
//! [where reports go](guide::reports), with recipes for `log` and `tracing`, and
//! [pinned owners](guide::pinned).
//!
//! # Features
//!
//! * `std` (default): the operating system's error as an outcome ([`status::errno`] and others), the
//!   drop hook's line on standard error, `Dispose` for `Mutex` and `RwLock`. Implies `alloc`.
//! * `alloc`: errors keep their causes; `Vec`, `Box` and fields with `each`. Without it a
//!   [`DisposeError`] knows the type, the number of failures and the first path.
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
mod owned;
mod path;
#[doc(hidden)]
mod probe;
mod retain;
mod scope;
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
    // The code of these two needs other crates; the package `dispose-tests` runs it.
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
