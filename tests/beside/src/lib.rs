//! The derives beside other macros on one type: what compiles and behaves, and what to do where two macros
//! want the same `Drop`.
//!
//! | macro | on one type with the derives |
//! |---|---|
//! | `serde` | yes; `#[serde(skip)]` on the handle |
//! | `thiserror`, `derive_more`, `educe` | yes |
//! | `bon`, `typed-builder`, `derive_builder` | yes; a builder that is dropped releases nothing, so its fields are owners |
//! | `wasm_bindgen`, `pyo3::pyclass` | yes |
//! | `tracing::instrument` | yes, on what releases, asynchronous or not |
//! | `bindgen` | yes, its functions, constants and opaque types |
//! | `zeroize::ZeroizeOnDrop` | no, a second `Drop`: a `Zeroizing` field, or a tracked field that is wiped |
//! | `pin-project`, `pin-project-lite` | no, a second `Drop`: the handle is a type of its own, and a field (`pin-project-lite` takes no other attribute of a field anyway) |
//! | `self_cell`, `ouroboros` | owner and dependent have the derives; the cell drops the dependent first |
//!
//! ```compile_fail,E0119
//! #[derive(zeroize::ZeroizeOnDrop, dispose_core::Close)]
//! struct Key {
//!     #[zeroize(skip)]
//!     #[unmanaged(release = drop)]
//!     descriptor: Option<i32>,
//!     key: [u8; 4],
//! }
//! ```
//!
//! ```compile_fail,E0119
//! #[pin_project::pin_project]
//! #[derive(dispose_core::Close)]
//! struct Task<F> {
//!     #[unmanaged(release = drop)]
//!     descriptor: Option<i32>,
//!     #[pin]
//!     future: F,
//! }
//! ```
//!
//! ```compile_fail,E0119
//! pin_project_lite::pin_project! {
//!     #[derive(dispose_core::Close)]
//!     #[dispose(before = |_| ())]
//!     struct Task<F> {
//!         #[pin]
//!         future: F,
//!     }
//! }
//! ```

#[cfg(test)]
mod bindgen;
#[cfg(test)]
mod builders;
#[cfg(test)]
mod cells;
#[cfg(test)]
mod derives;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod pinned;
#[cfg(test)]
mod serialized;
#[cfg(test)]
mod traced;
#[cfg(test)]
mod wiped;

#[cfg(test)]
use self::log::{log, logged, shut};

#[cfg(test)]
mod log {
    use std::cell::RefCell;

    thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

    /// What was released, in order, since the last call.
    pub(crate) fn logged() -> String {
        LOG.take().join(" ")
    }

    /// A release.
    pub(crate) fn shut(descriptor: i32) {
        log(format!("{descriptor}"));
    }

    pub(crate) fn log(entry: String) {
        LOG.with_borrow_mut(|log| log.push(entry));
    }
}
