//! `#[derive(Dispose)]` and `#[derive(AsyncDispose)]`

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::call::Pass;
use super::empty::{is_empty, is_node_empty};
use super::part::{is_exclusive, next, unlinking};
use super::release::{release_all, unreachable};
use super::{allowed_in_fields, header, key_drop, lent_by, misuse, with_others};
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
    let drop_call = drop_call(input);
    let dispose = quote! {
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
        }
    };
    let drop = quote! {
        #[automatically_derived]
        #implement ::core::ops::Drop #for_type {
            #[inline]
            fn drop(&mut #owner) {
                #drop_call
            }
        }
    };
    let impls = match next(input) {
        None => quote!(#dispose #drop),
        Some(next) => {
            let list = list(input, next);
            quote!(#dispose const _: () = { #list #drop };)
        }
    };
    with_others(input, impls)
}

/// Writes what a list's node says of itself, beside the key of its `Drop`.
fn list(input: &Input<'_>, next: &Field<'_>) -> TokenStream {
    let (runtime, owner, member) = (&input.runtime, input.owner, &next.member);
    let (implement, for_type) = header(input);
    let (is_empty, is_exclusive) = (is_node_empty(input, next), is_exclusive(input, next));
    let unlinking = unlinking(input, next);
    let (access, ty) = (runtime.private("Access"), next.self_type());
    let allowed = &allowed_in_fields(input);
    let key_drop = key_drop();
    quote! {
        pub struct __Dropped(());
        #key_drop
        #allowed
        #implement #runtime::__private::List #for_type {
            type Key = __Dropped;
            type Next = #ty;
            #[inline]
            fn next(&#owner, _: #access<Self>) -> &Self::Next {
                &#owner.#member
            }
            #[inline]
            fn next_mut(&mut #owner, _: #access<Self>) -> &mut Self::Next {
                &mut #owner.#member
            }
            #[inline]
            fn is_empty(&#owner, _: #access<Self>) -> ::core::primitive::bool {
                #is_empty
            }
            #[inline]
            fn is_exclusive() -> ::core::primitive::bool {
                #is_exclusive
            }
            #[inline]
            fn unlinking() -> #runtime::__private::Unlinking {
                #unlinking
            }
        }
    }
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

fn drop_call(input: &Input<'_>) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    if next(input).is_some() {
        let reports = misuse::reports(input);
        return quote!(#runtime::__private::drop_node(#owner, __Dropped(()), #reports););
    }
    match misuse::unusual_reports(input) {
        None => quote!(#runtime::__private::drop(#owner);),
        Some(reports) => quote!(#runtime::__private::drop_to(#owner, #reports);),
    }
}
