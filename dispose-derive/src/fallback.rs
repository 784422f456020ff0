//! After a mistake: the impls that the rest of the program counts on, so that one mistake is one
//! error.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::input::{Input, Kind};

pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let runtime = input.runtime();
    let ident = input.ident();
    let (generics, arguments, clause) = input.ast.generics.split_for_impl();
    match input.kind {
        Kind::Dispose => quote! {
            impl #generics #runtime::Dispose for #ident #arguments #clause {
                fn release_all(&mut self, _: &mut #runtime::Failures) {}
                fn is_disposed(&self) -> ::core::primitive::bool {
                    true
                }
            }
        },
        Kind::Close => quote! {
            impl #generics #runtime::Close for #ident #arguments #clause {
                fn close(self) -> ::core::result::Result<(), #runtime::DisposeError> {
                    ::core::result::Result::Ok(())
                }
            }
        },
        Kind::SafeHandle => {
            let raw = input
                .unmanaged()
                .next()
                .map_or_else(|| quote!(()), |(field, _)| field.ty().to_token_stream());
            quote! {
                impl #generics #runtime::SafeHandle for #ident #arguments #clause {
                    type Raw = #raw;
                    unsafe fn from_raw(_: #raw) -> Self {
                        ::core::unreachable!()
                    }
                    fn as_raw(&self) -> ::core::result::Result<#raw, #runtime::Disposed> {
                        ::core::unreachable!()
                    }
                    fn into_raw(self) -> #raw {
                        ::core::unreachable!()
                    }
                    fn is_invalid(&self) -> ::core::primitive::bool {
                        true
                    }
                }
            }
        }
    }
}
