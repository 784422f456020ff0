//! The keys of the attributes, for completion and hover in an editor. Only rust-analyzer compiles them.

#![allow(non_upper_case_globals)]

/// The keys of `#[unmanaged(…)]` on a field.
pub mod unmanaged {
    pub use super::unmanaged_unsafe::{always, clone, drop, release, release_async};

    /// `invalid = E` or `invalid = [E, …]`: names the values that mean "no resource". They are never
    /// released. The first is stored after a release.
    pub const invalid: () = ();
    /// `check = P`: turns what `release` returns into `()` or `Result<(), E>`. The conventions of C are in
    /// `dispose_core::status`.
    pub const check: () = ();
    /// `on_error = keep` or `on_error = keep_if(P)`: puts the value back into the field after a failed
    /// release, except in the last attempt. With `keep_if`, only if `P` returns `true` for the error.
    pub const on_error: () = ();
    /// Releases each element of a collection, the last one first.
    pub const each: () = ();
}

/// The keys of `unsafe(…)` in `#[unmanaged(…)]`.
pub mod unmanaged_unsafe {
    /// `release = F`: calls `F` once with the field's value. `F` is a path, or a closure in which `self` is
    /// the owner with this field already empty.
    pub const release: () = ();
    /// `release_async = F`: calls `F` with the field's value and awaits it, in `derive(AsyncDispose)`.
    pub const release_async: () = ();
    /// `drop = G`: calls `G` instead of `release` in `Drop`.
    pub const drop: () = ();
    /// Declares that the field always holds a resource, so it needs no empty state (`derive(Close)` only).
    /// `unsafe(always)` is for a `ManuallyDrop`: the release moves its value out, and you promise that
    /// nothing reads the field afterwards.
    pub const always: () = ();
    /// `clone = F`: implements `Clone`, which calls `F` with the field's value to add a second owner.
    pub const clone: () = ();
}

/// The words that `on_error` takes.
pub mod on_error_words {
    /// Puts the value back into the field after a failed release, except in the last attempt.
    pub const keep: () = ();
    /// `keep_if(P)`: puts it back only if `P` returns `true` for the error.
    pub const keep_if: () = ();
    /// Counts the value as released, which is the default.
    pub const consume: () = ();
}

/// The keys of `#[dispose(…)]` on a type.
pub mod of_type {
    pub use super::of_type_unsafe::before;

    /// Reports a value as forgotten if it is dropped while it still holds something.
    pub const explicit: () = ();
    /// `on_drop = ignore` or `on_drop = P`: ignores the errors met in `Drop`, or sends the report to `P`
    /// instead of the drop hook.
    pub const on_drop: () = ();
    /// Allows a hand-written `Clone`. Never beside `derive(Clone)`, which copies the handle: `clone = F` on the
    /// field implements one.
    pub const clone: () = ();
    /// Allows `Default`.
    pub const default: () = ();
    /// Generates a private `fn forget(self)`, which drops the ordinary fields and releases nothing.
    pub const forget: () = ();
    /// `error = E`: generates a `close(self)` that returns this error, and a `try_close` if the type has one.
    pub const error: () = ();
    /// `borrowed = Name`: generates the type `Name<'_>`, a handle that does not own, beside
    /// `derive(SafeHandle)`.
    pub const borrowed: () = ();
}

/// The keys of `unsafe(…)` in `#[dispose(…)]` on a type.
pub mod of_type_unsafe {
    /// `before = P`: calls `P` with `&mut Self` before the releases, while something is held.
    pub const before: () = ();
    /// Implements `AsFd`, `AsRawFd`, `IntoRawFd` and `FromRawFd`, beside `derive(SafeHandle)`.
    pub const as_fd: () = ();
    /// Implements `AsHandle`, `AsRawHandle`, `IntoRawHandle` and `FromRawHandle`, beside
    /// `derive(SafeHandle)`.
    pub const as_handle: () = ();
    /// Implements `AsSocket`, `AsRawSocket`, `IntoRawSocket` and `FromRawSocket`, beside
    /// `derive(SafeHandle)`.
    pub const as_socket: () = ();
}

/// The keys of `#[dispose(…)]` on a field.
pub mod part {
    /// Awaits the part, in `derive(AsyncDispose)`.
    pub const r#async: () = ();
    /// Releases nothing for this field, which is dropped as ordinary Rust.
    pub const skip: () = ();
}
