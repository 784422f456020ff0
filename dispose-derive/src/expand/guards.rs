//! What stands beside the impls: misuse of the type that only the compiler can see.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::call::argument;
use super::{allowed, header};
use crate::attr::{Container, OnDrop};
use crate::check::could_be_disposable;
use crate::extent::Extent as _;
use crate::input::{Input, Kind};
use crate::written::{append, written};

/// Whether a forgotten value is reported, and the function that receives the reports, if they differ
/// from the usual.
pub(super) fn reports(input: &Input<'_>) -> Option<TokenStream> {
    let runtime = &input.runtime;
    let Container { explicit, on_drop, .. } = &input.options;
    if explicit.is_none() && on_drop.is_none() {
        return None;
    }
    let explicit = explicit.is_some();
    let report = match on_drop {
        None => quote!(#runtime::__private::report),
        Some(OnDrop::Ignore) => quote!(#runtime::__private::ignore_errors),
        Some(OnDrop::To(callee)) => argument(runtime, callee).to_token_stream(),
    };
    Some(quote!(#explicit, #report))
}

pub(super) fn all<'a>(input: &'a Input<'_>) -> impl ToTokens + 'a {
    written(|tokens| {
        no_clone(input, tokens);
        no_forgotten_part(input, tokens);
    })
}

/// A second owner would release the same resource: `Clone` conflicts with this impl.
fn no_clone(input: &Input<'_>, tokens: &mut TokenStream) {
    let owns = input.fields.iter().any(|field| field.unmanaged().is_some());
    if !owns || input.options.clone.is_some() {
        return;
    }
    // A trait for each derive, so that a type with both is told only to choose.
    let ban = input.runtime.private(if input.kind == Kind::Close {
        "HandlesMustNotBeCloneUnlessDisposeClone"
    } else {
        "OwnersMustNotBeCloneUnlessDisposeClone"
    });
    let (implement, for_type) = header(input);
    append(
        tokens,
        quote! {
            #[automatically_derived]
            #implement #ban #for_type {}
        },
    );
}

/// An untracked field that is itself disposable was probably meant to be released in its turn.
fn no_forgotten_part(input: &Input<'_>, tokens: &mut TokenStream) {
    let runtime = &input.runtime;
    let allowed = written(|tokens| allowed(input, tokens));
    for field in input.fields.iter().filter(|field| could_be_disposable(input, field)) {
        let ty = field.ty();
        let message = format!(
            "nobody disposes `{}` in its turn; add `#[dispose]` (it is then released before the fields above it; if it is only `Close`, make it an `Option` with `#[unmanaged(release = Close::close)]`), or `#[dispose(skip)]` to leave it to its own `Drop`",
            field.path()
        );
        let span = Span::call_site().located_at(ty.first());
        let check = quote_spanned! {span=>
            ::core::assert!(!<#runtime::__private::Probe<#ty>>::IS_CLOSE, #message);
        };
        append(
            tokens,
            quote! {
                #allowed
                const _: () = {
                    use #runtime::__private::NotClose as _;
                    #check
                };
            },
        );
    }
}
