//! The derive macros of `dispose-core`, which re-exports them: depend on that crate alone.

#![forbid(unsafe_code)]
// Without syn's feature `clone-impls`, which another crate may switch on, a token is not `Copy`.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod attr;
mod callee;
mod check;
mod closure;
mod contents;
mod derive;
mod errors;
mod expand;
mod input;
mod invalid;
mod item;
mod keys;
#[cfg(test)]
mod mutations;
mod names;
mod runtime;
#[cfg(test)]
mod snapshots;
mod stubs;
mod tokens;
mod types;
mod unfinished;
mod value;

use proc_macro::TokenStream;

use crate::derive::derive;
use crate::input::Kind;

#[doc = include_str!("../docs/dispose.md")]
#[proc_macro_derive(Dispose, attributes(unmanaged, dispose))]
pub fn derive_dispose(item: TokenStream) -> TokenStream {
    derive(Kind::Dispose, item.into()).into()
}

#[doc = include_str!("../docs/close.md")]
#[proc_macro_derive(Close, attributes(unmanaged, dispose))]
pub fn derive_close(item: TokenStream) -> TokenStream {
    derive(Kind::Close, item.into()).into()
}

#[doc = include_str!("../docs/async_dispose.md")]
#[proc_macro_derive(AsyncDispose, attributes(unmanaged, dispose))]
pub fn derive_async_dispose(item: TokenStream) -> TokenStream {
    derive(Kind::AsyncDispose, item.into()).into()
}

#[doc = include_str!("../docs/safe_handle.md")]
#[proc_macro_derive(SafeHandle, attributes(unmanaged, dispose))]
pub fn derive_safe_handle(item: TokenStream) -> TokenStream {
    derive(Kind::SafeHandle, item.into()).into()
}
