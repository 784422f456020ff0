//! `#[derive(Close)]`

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Pass;
use super::release::{is_empty, release_all, unreachable};
use super::{guards, header};
use crate::input::{Field, Input, Shape};

pub(crate) fn close(input: &Input<'_>) -> TokenStream {
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
/// left when one of them panics.
fn drop_ordinary(input: &Input<'_>) -> TokenStream {
    let private = &input.runtime;
    let private = quote!(#private::__private);
    let guards = |fields: &[Field<'_>], place: &dyn Fn(&Field<'_>) -> TokenStream| {
        let ordinary: Vec<_> = fields.iter().filter(|field| !is_copy(field)).map(place).collect();
        if ordinary.is_empty() {
            return TokenStream::new();
        }
        quote! {
            unsafe {
                let _ = (#(#private::Ordinary::new(#ordinary),)*);
            }
        }
    };
    match &input.shape {
        Shape::Struct(fields) => guards(fields, &|field| {
            let member = &field.member;
            quote!(&mut self.#member)
        }),
        Shape::Enum(variants) => {
            let arms: Vec<_> = variants
                .iter()
                .filter(|variant| variant.fields.iter().any(|field| !is_copy(field)))
                .map(|variant| {
                    let ident = variant.ident;
                    let patterns =
                        variant.fields.iter().filter(|field| !is_copy(field)).map(|field| {
                            let (member, binding) = (&field.member, field.binding());
                            quote!(#member: #binding)
                        });
                    let guards = guards(&variant.fields, &|field| {
                        let binding = field.binding();
                        quote!(#binding)
                    });
                    quote!(Self::#ident { #(#patterns,)* .. } => { #guards })
                })
                .collect();
            if arms.is_empty() {
                return TokenStream::new();
            }
            let rest = (arms.len() < variants.len()).then(|| quote!(_ => {}));
            quote!(match self { #(#arms)* #rest })
        }
        Shape::Union => TokenStream::new(),
    }
}

/// An `always` field has nothing to drop.
fn is_copy(field: &Field<'_>) -> bool {
    field.unmanaged().is_some_and(|options| options.always.is_some())
}
