//! `#[derive(Close)]`

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Pass;
use super::release::{Access, is_empty, release_all, unreachable};
use super::variants::{Arm, match_self};
use super::{guards, header};
use crate::input::{Field, Input, Shape};

pub(crate) fn close<'a>(input: &'a Input<'a>) -> TokenStream {
    let runtime = &input.runtime;
    let release_all = release_all(input, Pass::Sync);
    let is_released = is_empty(input);
    let drop_ordinary = drop_ordinary(input);
    let unreachable = unreachable(input, Pass::Sync);
    let (implement, for_type) = header(input);
    let drop_call = match guards::telling(input) {
        None => quote!(#runtime::__private::drop_by_value(self)),
        Some((forgotten, errors)) => {
            quote!(#runtime::__private::drop_by_value_telling(self, #forgotten, #errors))
        }
    };
    let guards = guards::all(input);
    quote! {
        #implement #runtime::__private::ByValue #for_type {
            #unreachable
            #[inline]
            fn release_all(
                &mut self,
                __failures: &mut #runtime::Failures,
                _: #runtime::__private::Token<'_, Self>,
            ) {
                #release_all
            }
            #[inline]
            fn is_released(&self) -> ::core::primitive::bool {
                #is_released
            }
            #[inline]
            fn drop_ordinary(&mut self, _: #runtime::__private::Token<'_, Self>) {
                #drop_ordinary
            }
        }
        #[automatically_derived]
        #implement #runtime::Close #for_type {
            #[inline]
            fn close(self) -> ::core::result::Result<(), #runtime::DisposeError> {
                #runtime::__private::close(self)
            }
        }
        #[automatically_derived]
        #implement ::core::ops::Drop #for_type {
            #[inline]
            fn drop(&mut self) {
                unsafe { #drop_call }
            }
        }
        #[automatically_derived]
        #implement #runtime::__private::ChooseEitherDeriveDisposeOrDeriveClose #for_type {}
        #guards
    }
}

/// The ordinary fields, each under a guard of its own. A tuple drops its guards in order, also those
/// left when one of them panics. An `always` field has nothing to drop.
fn drop_ordinary<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    let runtime = &input.runtime;
    let guards = |fields: &'a [Field<'a>], access: Access<'a>| {
        let bound: Vec<_> = fields.iter().filter(|field| !field.is_always()).collect();
        let places = bound.iter().map(|field| access.exclusive(field));
        let guards = quote! {
            unsafe {
                let _ = (#(#runtime::__private::Ordinary::new(#places),)*);
            }
        };
        (!bound.is_empty()).then_some(Arm { bound, body: guards })
    };
    match &input.shape {
        Shape::Struct => Some(guards(&input.fields, Access::Member)?.body),
        Shape::Enum(variants) => {
            let arm = |fields| guards(fields, Access::Binding(fields));
            match_self(input, variants, &arm, &quote!({}))
        }
        Shape::Union => None,
    }
}
