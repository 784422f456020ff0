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

fn derive(kind: Kind, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    match syn::parse2::<DeriveInput>(item) {
        Ok(item) => expand(kind, &item),
        Err(error) => error.into_compile_error(),
    }
}

fn expand(kind: Kind, item: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let input = Input::new(kind, item, &mut errors);
    check::check(&input, &mut errors);
    match (errors.into_compile_errors(), kind) {
        (Some(mut errors), _) => {
            errors.extend(fallback::expand(&input));
            errors
        }
        (None, Kind::Dispose) => expand::dispose(&input),
        (None, Kind::Close) => expand::close(&input),
    }
}
