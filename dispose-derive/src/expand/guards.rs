//! What stands beside the impls: misuse of the type that only the compiler can see.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Impl;
use super::call::extent;
use crate::check::could_be_disposable;
use crate::input::{Input, Kind};

/// `(forgotten, errors)` for the drop hook, if they differ from the usual.
pub(super) fn telling(input: &Input<'_>) -> Option<(bool, bool)> {
    let options = &input.options;
    let (forgotten, errors) = (options.explicit.is_some(), options.ignore_errors.is_none());
    (forgotten || !errors).then_some((forgotten, errors))
}

pub(super) fn all(input: &Input<'_>) -> TokenStream {
    let mut tokens = no_clone(input);
    tokens.extend(no_forgotten_part(input));
    tokens
}

/// A second owner would release the same resource: `Clone` conflicts with this impl.
fn no_clone(input: &Input<'_>) -> TokenStream {
    let owns = input.fields().any(|field| field.unmanaged().is_some());
    if !owns || input.options.clone.is_some() {
        return TokenStream::new();
    }
    let runtime = &input.runtime;
    // A trait for each derive, so that a type with both is told only to choose.
    let ban = if input.kind == Kind::Close {
        quote!(HandlesMustNotBeCloneUnlessDisposeClone)
    } else {
        quote!(OwnersMustNotBeCloneUnlessDisposeClone)
    };
    Impl { input }.derived(&quote!(#runtime::__private::#ban), &TokenStream::new())
}

/// An untracked field that is itself disposable was probably meant to be released in its turn.
fn no_forgotten_part(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let allowed = super::allowed(input);
    let fields = input.fields().filter(|field| could_be_disposable(input, field));
    let checks = fields.map(|field| {
        let ty = field.ty();
        let message = format!(
            "nobody disposes `{}` in its turn; add `#[dispose]` (it is then released before the fields above it; if it is only `Close`, make it an `Option` with `#[unmanaged(release = Close::close)]`), or `#[dispose(skip)]` to leave it to its own `Drop`",
            field.path()
        );
        let span = Span::call_site().located_at(extent(ty).0);
        let check = quote_spanned! {span=>
            ::core::assert!(!<#runtime::__private::Probe<#ty>>::IS_CLOSE, #message);
        };
        quote! {
            #allowed
            const _: () = {
                use #runtime::__private::NotClose as _;
                #check
            };
        }
    });
    checks.collect()
}
