//! The keys of the attributes, as editors offer them. Compiled for rust-analyzer only.

#![allow(non_upper_case_globals)]

/// `#[unmanaged(…)]` on a field.
pub mod unmanaged {
    pub use super::unmanaged_unsafe::{clone, drop, release, release_async};

    /// `invalid = E` or `invalid = [E, …]`: the values that mean "no resource". They are never released;
    /// the first is stored after a release.
    pub const invalid: () = ();
    /// `check = P`: turns what `release` returns into `()` or `Result<(), E>`. The conventions of C are in
    /// `dispose_core::status`.
    pub const check: () = ();
    /// `on_error = keep` or `on_error = keep_if(P)`: a release that fails has not released, and the value
    /// goes back into the field.
    pub const on_error: () = ();
    /// The field is a collection of values, each of which is released, last first.
    pub const each: () = ();
    /// The field always holds a resource and needs no empty state, under `derive(Close)`.
    pub const always: () = ();
}

/// `unsafe(…)` in `#[unmanaged(…)]`.
pub mod unmanaged_unsafe {
    /// `release = F`: called once with the field's value. A path, or a closure in which `self` is the owner
    /// with this field already empty.
    pub const release: () = ();
    /// `release_async = F`: a release that `derive(AsyncDispose)` awaits.
    pub const release_async: () = ();
    /// `drop = G`: called instead of `release` in `Drop`.
    pub const drop: () = ();
    /// `clone = F`: implements `Clone`. Called with the field's value for a second owner of it.
    pub const clone: () = ();
}

/// `#[dispose(…)]` on a type.
pub mod of_type {
    pub use super::of_type_unsafe::before;

    /// Dropping a value that still holds something is reported as forgotten.
    pub const explicit: () = ();
    /// `on_drop = ignore` or `on_drop = P`: what receives the errors met in `Drop`.
    pub const on_drop: () = ();
    /// Allows a hand-written `Clone`.
    pub const clone: () = ();
    /// Allows `Default`.
    pub const default: () = ();
    /// Generates a private `fn forget(self)` that releases nothing.
    pub const forget: () = ();
    /// `error = E`: generates a `close(self)` that returns this error, and `try_close`.
    pub const error: () = ();
    /// `borrowed = Name`: makes the type `Name<'_>`, which `derive(SafeHandle)` lends.
    pub const borrowed: () = ();
}

/// `unsafe(…)` in `#[dispose(…)]` on a type.
pub mod of_type_unsafe {
    /// `before = P`: called with `&mut Self` before the releases, while something is held.
    pub const before: () = ();
    /// Implements `AsFd` and its kind, beside `derive(SafeHandle)`.
    pub const as_fd: () = ();
    /// Implements `AsHandle` and its kind, beside `derive(SafeHandle)`.
    pub const as_handle: () = ();
    /// Implements `AsSocket` and its kind, beside `derive(SafeHandle)`.
    pub const as_socket: () = ();
}

/// `#[dispose(…)]` on a field.
pub mod part {
    /// The part is awaited by `derive(AsyncDispose)`.
    pub const r#async: () = ();
    /// The field is not ours to release.
    pub const skip: () = ();
}
