//! After a mistake: the impls that the rest of the program counts on, so that one mistake is one
//! error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::input::{Input, Kind};

pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
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
    }
}
