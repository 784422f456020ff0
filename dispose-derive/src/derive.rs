//! One derive from beginning to end.

use proc_macro2::TokenStream;
use syn::Error;
use syn::parse::{ParseStream, Parser as _};

use crate::errors::Errors;
use crate::input::{Input, Kind};
use crate::item::Item;
use crate::tokens::append;
use crate::{check, expand, stubs};

/// Expands one derive. It never fails: a mistake becomes a `compile_error!`, beside the impls that the rest of
/// the program counts on.
pub(crate) fn derive(kind: Kind, item: TokenStream) -> TokenStream {
    let parser = |input: ParseStream<'_>| Ok(expand(kind, &Item::parse(input)?));
    parser.parse2(item).unwrap_or_else(Error::into_compile_error)
}

fn expand(kind: Kind, item: &Item<'_>) -> TokenStream {
    let mut errors = Errors::default();
    let input = Input::new(kind, item, &mut errors);
    match kind {
        Kind::Dispose | Kind::AsyncDispose | Kind::Close => check::check(&input, &mut errors),
        Kind::SafeHandle => check::check_safe_handle(&input, &mut errors),
    }
    let mut expansion = TokenStream::new();
    for begun in &errors.begun {
        if let Some(offer) = begun.offer(&input.runtime) {
            append(&mut expansion, offer);
        }
    }
    if let Some(errors) = errors.into_compile_errors() {
        append(&mut expansion, errors);
        append(&mut expansion, stubs::impls(&input));
        return expansion;
    }
    append(
        &mut expansion,
        match kind {
            Kind::Dispose => expand::dispose(&input),
            Kind::AsyncDispose => expand::async_dispose(&input),
            Kind::Close => expand::close(&input),
            Kind::SafeHandle => expand::safe_handle(&input),
        },
    );
    expansion
}
