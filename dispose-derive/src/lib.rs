//! The derive macros of `dispose-core`.

#![forbid(unsafe_code)]

mod attr;
mod check;
mod errors;
mod expand;
mod fallback;
mod input;
#[cfg(test)]
mod snapshots;
mod value;

use proc_macro::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::input::{Input, Kind};

/// Derives `Dispose` and `Drop`.
#[proc_macro_derive(Dispose, attributes(unmanaged, dispose))]
pub fn derive_dispose(item: TokenStream) -> TokenStream {
    derive(Kind::Dispose, item.into()).into()
}

/// Derives `Close` and `Drop`.
#[proc_macro_derive(Close, attributes(unmanaged, dispose))]
pub fn derive_close(item: TokenStream) -> TokenStream {
    derive(Kind::Close, item.into()).into()
}

/// Derives `SafeHandle`, beside one of the other two.
#[proc_macro_derive(SafeHandle, attributes(unmanaged, dispose))]
pub fn derive_safe_handle(item: TokenStream) -> TokenStream {
    derive(Kind::SafeHandle, item.into()).into()
}

fn derive(kind: Kind, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    match syn::parse2::<DeriveInput>(item) {
        Ok(item) => expand(kind, &item),
        Err(error) => error.into_compile_error(),
    }
}

fn expand(kind: Kind, item: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let input = Input::new(kind, item, &mut errors);
    match kind {
        Kind::Dispose | Kind::Close => check::check(&input, &mut errors),
        Kind::SafeHandle => check::check_safe_handle(&input, &mut errors),
    }
    if let Some(mut errors) = errors.into_compile_errors() {
        errors.extend(fallback::expand(&input));
        return errors;
    }
    match kind {
        Kind::Dispose => expand::dispose(&input),
        Kind::Close => expand::close(&input),
        Kind::SafeHandle => expand::safe_handle(&input),
    }
}
