//! From a checked input to code. Nothing here can fail.

mod access;
mod borrowed;
mod call;
mod clone;
mod close;
mod descriptor;
mod dispose;
mod elements;
mod empty;
mod forget;
mod inherent;
mod misuse;
mod part;
mod release;
mod safe_handle;
mod step;
mod variants;

pub(crate) use self::borrowed::borrowed;
pub(crate) use self::clone::stub as clone_stub;
pub(crate) use self::close::close;
pub(crate) use self::dispose::{async_dispose, dispose};
pub(crate) use self::inherent::stubs as inherent_stubs;
pub(crate) use self::safe_handle::safe_handle;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Token, WhereClause};

use crate::input::Input;
use crate::item::{Attr, Attrs};
use crate::tokens::{append, here, written};

/// Joins the impls of a derive with what both derives write beside them.
fn with_others(input: &Input<'_>, impls: TokenStream) -> TokenStream {
    let mut items = misuse::all(input);
    items.extend(forget::forget(input));
    items.extend(inherent::methods(input));
    items.extend(clone::clone(input));
    let mut all = impls;
    for item in items {
        append(&mut all, item);
    }
    all
}

/// Returns the tokens before the trait and behind it in `impl … Trait for Type …`, with the type's own
/// generics exactly, as `Drop` needs.
fn header<'a>(input: &'a Input<'_>) -> (impl ToTokens + 'a, impl ToTokens + 'a) {
    header_of(input, None)
}

/// Returns the [`header`] of a trait that is unsafe to implement.
fn unsafe_header<'a>(input: &'a Input<'_>) -> (impl ToTokens + 'a, impl ToTokens + 'a) {
    header_of(input, Some(<Token![unsafe]>::default()))
}

fn header_of<'a>(
    input: &'a Input<'_>,
    unsafety: Option<Token![unsafe]>,
) -> (impl ToTokens + 'a, impl ToTokens + 'a) {
    let before = written(move |tokens| {
        allowed(input).to_tokens(tokens);
        unsafety.to_tokens(tokens);
        <Token![impl]>::default().to_tokens(tokens);
        input.item.generics.split_for_impl().0.to_tokens(tokens);
    });
    let behind = written(|tokens| {
        let (_, arguments, clause) = input.item.generics.split_for_impl();
        <Token![for]>::default().to_tokens(tokens);
        input.ident().to_tokens(tokens);
        arguments.to_tokens(tokens);
        clause.to_tokens(tokens);
    });
    (before, behind)
}

/// Writes the `Drop` of a key. Its path is that of the type's `Drop`, so both are the language's, or neither.
fn key_drop() -> TokenStream {
    quote! {
        impl ::core::ops::Drop for __Dropped {
            fn drop(&mut self) {}
        }
    }
}

/// Writes the bounds of a `where`, each with its comma.
fn bounds(clause: Option<&WhereClause>) -> TokenStream {
    let mut bounds = TokenStream::new();
    if let Some(clause) = clause {
        for bound in &clause.predicates {
            append(&mut bounds, quote!(#bound,));
        }
    }
    bounds
}

/// Writes documentation.
fn docs(text: &'static str) -> impl ToTokens + Copy {
    written(|tokens| {
        for line in text.lines() {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            append(tokens, quote!(#[doc = #line]));
        }
    })
}

/// Writes the lints that the user allows on the type, for its impls. A lifetime that stands once in an impl's
/// header is not the user's, so that is allowed too.
fn allowed<'a>(input: &'a Input<'_>) -> impl ToTokens + 'a {
    written(|tokens| {
        allowed_in(&input.item.attrs, tokens);
        let lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
        if input.item.generics.params.iter().any(lifetime) {
            append(tokens, quote!(#[allow(single_use_lifetimes)]));
        }
    })
}

/// Writes the lints that attributes allow. Those of a field are for the code made from it.
fn allowed_in(attrs: &Attrs<'_>, tokens: &mut TokenStream) {
    let lints = attrs.known.iter().filter(|attr| attr.is("allow") || attr.is("expect"));
    for lints in lints.filter_map(Attr::list) {
        append(tokens, quote!(#[allow(#lints)]));
    }
}

/// Writes the lints that any field allows, for code that asks them all in one expression.
fn allowed_in_fields(input: &Input<'_>) -> impl ToTokens {
    written(|tokens| {
        for field in &input.fields {
            allowed_in(&field.original.attrs, tokens);
        }
    })
}

/// Writes a bound that holds only if `derive(SafeHandle)` is there, which writes the lent impls.
fn lent_by(input: &Input<'_>) -> Option<TokenStream> {
    let borrowed = input.options.borrowed.iter();
    let word = borrowed.chain(input.options.lent.iter().map(|lent| &lent.word)).next()?;
    let span = here(word.span());
    let runtime = input.runtime.at(span);
    Some(quote_spanned!(span=> #runtime::__private::lent_by::<Self>();))
}

fn allow_unreachable() -> TokenStream {
    quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)])
}

/// Allows clippy's lint alone. In edition 2024 a closure that never returns is a call of type `!` to clippy.
fn allow_diverging() -> TokenStream {
    quote!(#[allow(clippy::diverging_sub_expression)])
}
