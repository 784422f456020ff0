//! One derive from beginning to end.

use proc_macro2::TokenStream;
use syn::{DeriveInput, Token};

use crate::errors::Errors;
use crate::input::{Input, Kind};
use crate::names::unify_self;
use crate::{check, expand, fallback};

/// The whole of a derive, from the item's tokens to the items that are added. Never fails: a mistake
/// is a `compile_error!`, beside the impls that the rest of the program counts on.
pub(crate) fn derive(kind: Kind, item: TokenStream) -> TokenStream {
    match syn::parse2::<DeriveInput>(item) {
        Ok(mut item) => {
            let owner = unify_self(&mut item);
            expand(kind, &item, owner)
        }
        Err(error) => error.into_compile_error(),
    }
}

fn expand(kind: Kind, item: &DeriveInput, owner: Token![self]) -> TokenStream {
    let mut errors = Errors::default();
    let input = Input::new(kind, item, owner, &mut errors);
    match kind {
        Kind::Dispose | Kind::AsyncDispose | Kind::Close => check::check(&input, &mut errors),
        Kind::SafeHandle => check::check_safe_handle(&input, &mut errors),
    }
    if let Some(mut errors) = errors.into_compile_errors() {
        errors.extend(fallback::expand(&input));
        return errors;
    }
    match kind {
        Kind::Dispose => expand::dispose(&input),
        Kind::AsyncDispose => expand::async_dispose(&input),
        Kind::Close => expand::close(&input),
        Kind::SafeHandle => expand::safe_handle(&input),
    }
}
