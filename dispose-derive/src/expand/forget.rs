//! `#[dispose(forget)]`: the private way to let go of a value without a release.

use proc_macro2::TokenStream;
use quote::quote;

use super::close::drop_fields;
use super::unsafe_header;
use crate::input::{Field, Input};

pub(super) fn forget<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    input.options.forget.as_ref()?;
    let (runtime, owner) = (&input.runtime, input.owner);
    let ident = input.ident();
    let (generics, arguments, clause) = input.item.generics.split_for_impl();
    let (unsafe_implement, for_type) = unsafe_header(input);
    let drop_untracked = drop_fields(input, &|field: &Field<'_>| !field.is_tracked());
    Some(quote! {
        const _: () = {
            pub struct __Forgotten(());
            #[automatically_derived]
            #[doc(hidden)]
            #unsafe_implement #runtime::__private::Forget #for_type {
                type Key = __Forgotten;
                #[inline]
                fn drop_untracked(&mut #owner, __fields: #runtime::__private::Ordinary<'_, Self>) {
                    #drop_untracked
                }
            }
            impl #generics #ident #arguments #clause {
                /// Drops the fields that are not tracked, and touches no tracked one.
                #[allow(dead_code)]
                #[inline]
                fn forget(self) {
                    #runtime::__private::forget(self, __Forgotten(()));
                }
            }
        };
    })
}
