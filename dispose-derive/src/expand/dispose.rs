//! `#[derive(Dispose)]` and `#[derive(AsyncDispose)]`

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::call::Pass;
use super::empty::{is_empty, is_node_empty};
use super::part::{is_plain, next};
use super::release::{release_all, unreachable};
use super::{allowed_in_fields, header, lent_by, misuse, with_others};
use crate::input::{Field, Input};
use crate::tokens::here;

pub(crate) fn dispose<'a>(input: &'a Input<'a>) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    let release_all = release_all(input, Pass::Sync);
    let is_disposed = is_empty(input);
    let allowed = &allowed_in_fields(input);
    let unreachable = unreachable(input, Pass::Sync);
    let awaited = awaited(input);
    let lent_by = lent_by(input);
    let (implement, for_type) = header(input);
    let next = next(input);
    let drop_call = drop_call(input, next);
    let is_node_empty = next.map(|next| {
        let is_empty = is_node_empty(input, next);
        quote! {
            #allowed
            #[inline]
            fn __is_empty(&#owner) -> ::core::primitive::bool {
                #is_empty
            }
        }
    });
    let impls = quote! {
        #implement #runtime::Dispose #for_type {
            #unreachable
            #[inline]
            fn release_all(&mut #owner, __failures: &mut #runtime::Failures) {
                #lent_by
                #awaited
                #release_all
            }
            #allowed
            #[inline]
            fn is_disposed(&#owner) -> ::core::primitive::bool {
                #is_disposed
            }
            #is_node_empty
        }
        #[automatically_derived]
        #implement ::core::ops::Drop #for_type {
            #[inline]
            fn drop(&mut #owner) {
                #drop_call
            }
        }
    };
    with_others(input, impls)
}

pub(crate) fn async_dispose<'a>(input: &'a Input<'a>) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    let release_all = release_all(input, Pass::Async);
    let unreachable = unreachable(input, Pass::Async);
    let (implement, for_type) = header(input);
    quote! {
        #implement #runtime::AsyncDispose #for_type {
            #unreachable
            #[allow(clippy::future_not_send)]
            async fn release_all_async(&mut #owner, __failures: &mut #runtime::Failures) {
                #release_all
            }
        }
    }
}

/// Asks for the other derive, which an asynchronous release needs and this one cannot see.
fn awaited(input: &Input<'_>) -> Option<TokenStream> {
    let runtime = &input.runtime;
    let word = input.fields.iter().find_map(Field::asynchrony)?;
    let span = here(word.span());
    Some(quote_spanned!(span=> #runtime::__private::awaited_by::<Self>();))
}

fn drop_call(input: &Input<'_>, next: Option<&Field<'_>>) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    if let Some(next) = next {
        let (member, is_plain) = (&next.member, is_plain(input, next));
        let reports = misuse::reports(input);
        let next = quote!(|__value| &__value.#member);
        return quote!(#runtime::__private::drop_node(#owner, #next, #is_plain, #reports););
    }
    match misuse::unusual_reports(input) {
        None => quote!(#runtime::__private::drop(#owner);),
        Some(reports) => quote!(#runtime::__private::drop_to(#owner, #reports);),
    }
}
