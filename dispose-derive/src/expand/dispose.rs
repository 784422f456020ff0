//! `#[derive(Dispose)]`

use proc_macro2::TokenStream;
use quote::quote;

use super::Impl;
use super::guards;
use super::release::{is_empty, release_all, unreachable};
use crate::input::Input;

pub(crate) fn dispose(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let held = quote!(!#runtime::Dispose::is_disposed(self));
    let release_all = release_all(input, &held);
    let is_disposed = is_empty(input);
    let unreachable = unreachable(input);
    let impls = Impl { input };
    let dispose = impls.of(
        &quote!(#runtime::Dispose),
        &quote! {
            #unreachable
            #[inline]
            fn release_all(&mut self, __failures: &mut #runtime::Failures) {
                #release_all
            }
            #[inline]
            fn is_disposed(&self) -> ::core::primitive::bool {
                #is_disposed
            }
        },
    );
    let drop = drop_call(input);
    let drop = impls.derived(
        &quote!(::core::ops::Drop),
        &quote! {
            #[inline]
            fn drop(&mut self) {
                #drop
            }
        },
    );
    let guards = guards::all(input);
    quote!(#dispose #drop #guards)
}

fn drop_call(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    match guards::telling(input) {
        None => quote!(#runtime::__private::drop(self)),
        Some((forgotten, errors)) => {
            quote!(#runtime::__private::drop_telling(self, #forgotten, #errors))
        }
    }
}
