//! `#[derive(Close)]`

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::access::{Access, token};
use super::call::Pass;
use super::empty::is_empty;
use super::release::{release_all, unreachable};
use super::variants::{Arm, bound, each_group, match_self};
use super::{allowed_in_fields, header, key_drop, lent_by, misuse, unsafe_header, with_others};
use crate::input::{Field, Input, Shape};

pub(crate) fn close<'a>(input: &'a Input<'a>) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    let release_all = release_all(input, Pass::Sync);
    let is_released = is_empty(input);
    let lent_by = lent_by(input);
    let allowed = allowed_in_fields(input);
    let drop_ordinary = drop_fields(input, &|field: &Field<'_>| !field.is_always());
    let unreachable = unreachable(input, Pass::Sync);
    let (implement, for_type) = header(input);
    let (unsafe_implement, _) = unsafe_header(input);
    let token = input.moves_out().then(|| token(Span::call_site()));
    let token = token.map_or_else(|| quote!(_), |token| quote!(#token));
    let drop_call = match misuse::unusual_reports(input) {
        _ if input.moves_out() => {
            let reports = misuse::reports(input);
            quote!(#runtime::__private::ByValue::drop_held(self, __Dropped(()), #reports))
        }
        None => quote!(#runtime::__private::drop_by_value(self, __Dropped(()))),
        Some(reports) => {
            quote!(#runtime::__private::drop_by_value_to(self, __Dropped(()), #reports))
        }
    };
    let key_drop = input.moves_out().then(key_drop);
    let may_stay = may_stay(input);
    let try_close = may_stay.as_ref().map(|_| try_close(input));
    let may_stay = may_stay.map(|may_stay| {
        quote! {
            #[inline]
            fn may_stay(&self) -> ::core::primitive::bool {
                #may_stay
            }
        }
    });
    let impls = quote! {
        const _: () = {
            pub struct __Dropped(());
            #key_drop
            #unsafe_implement #runtime::__private::ByValue #for_type {
                type Key = __Dropped;
                #unreachable
                #[inline]
                fn release_all(
                    &mut #owner,
                    __failures: &mut #runtime::Failures,
                    #token: #runtime::__private::Token<'_, Self>,
                ) {
                    #lent_by
                    #release_all
                }
                #allowed
                #[inline]
                fn is_released(&#owner) -> ::core::primitive::bool {
                    #is_released
                }
                #may_stay
                #[inline]
                fn drop_ordinary(&mut #owner, __fields: #runtime::__private::Ordinary<'_, Self>) {
                    #drop_ordinary
                }
            }
            #[automatically_derived]
            #implement ::core::ops::Drop #for_type {
                #[inline]
                fn drop(&mut self) {
                    #drop_call
                }
            }
        };
        #[automatically_derived]
        #implement #runtime::Close #for_type {
            #[inline]
            fn close(self) -> ::core::result::Result<(), #runtime::DisposeError> {
                #runtime::__private::close(self)
            }
        }
        #try_close
        #[automatically_derived]
        #implement #runtime::__private::ChooseEitherDeriveDisposeOrDeriveClose #for_type {}
    };
    with_others(input, impls)
}

/// Writes `may_stay`: the value may come back if a release may be refused, of a struct or of these variants.
fn may_stay<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    let stays = |fields: &[Field<'_>]| {
        fields.iter().filter_map(Field::unmanaged).any(|options| options.keep.is_some())
    };
    if !stays(&input.fields) {
        return None;
    }
    let Shape::Enum(variants) = &input.shape else { return Some(quote!(true)) };
    // By no macro's word, which could be a lookalike's.
    let arm = |fields| stays(fields).then(|| Arm { bound: Vec::new(), body: quote!(true) });
    match_self(input, variants, &arm, &quote!(false))
}

fn try_close(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let (implement, for_type) = header(input);
    quote! {
        #[automatically_derived]
        #implement #runtime::TryClose #for_type {
            #[inline]
            fn try_close(self) -> ::core::result::Result<(), #runtime::TryCloseError<Self>> {
                #runtime::__private::try_close(self)
            }
        }
    }
}

/// Writes the drop of the fields that `is_dropped` selects, each under a guard of its own. A tuple drops its
/// guards in order, also those left when one of them panics.
pub(super) fn drop_fields<'a>(
    input: &'a Input<'a>,
    is_dropped: &dyn Fn(&Field<'a>) -> bool,
) -> Option<TokenStream> {
    let guards = |fields: &'a [Field<'a>], access: Access<'a>| {
        let bound = bound(fields, is_dropped);
        let places = bound.iter().map(|field| access.exclusive(field));
        let guards = quote!(let _ = (#(__fields.guard(#places),)*););
        (!bound.is_empty()).then_some(Arm { bound, body: guards })
    };
    each_group(input, &guards, &quote!({}))
}
