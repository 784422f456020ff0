//! `#[derive(SafeHandle)]`

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use super::access::{Access, on_type};
use super::borrowed::borrowed;
use super::descriptor::lent;
use super::empty::is_field_empty;
use super::header;
use super::step::take;
use crate::input::Input;
use crate::tokens::append;

pub(crate) fn safe_handle(input: &Input<'_>) -> TokenStream {
    // The check saw that there is one.
    let Some((handle, options)) = input.unmanaged().next() else { return TokenStream::new() };
    let (runtime, owner) = (&input.runtime, input.owner);
    let private = quote!(#runtime::__private);
    let (ty, member) = (handle.ty(), &handle.member);
    // For a parameter of the type rustc suggests the trait as a bound.
    let default = if input.item.generics.type_params().next().is_some() {
        quote!(::core::default::Default)
    } else {
        quote!(#private::MadeByDefault)
    };
    let mut values = Vec::new();
    for field in &input.fields {
        let member = &field.member;
        values.push(if core::ptr::eq(field, handle) {
            quote!(#member: __raw)
        } else {
            let value = on_type(field, &default, "default", TokenStream::new());
            quote!(#member: #value)
        });
    }
    let is_invalid = is_field_empty(runtime, handle, Access::Member);
    // Emptied, there is nothing left for `Drop` to release; a field that cannot be empty keeps
    // `Drop` from running.
    let is_always = options.always.is_some();
    let (receiver, give_up) = if is_always {
        (quote!(#owner), quote!(#private::give_up_handle(#owner, __GivenUp(()))))
    } else {
        let take = take(runtime, handle, options, Access::Member);
        (quote!(mut #owner), take.into_token_stream())
    };
    let (implement, for_type) = header(input);
    let safe_handle = quote! {
        #implement #runtime::SafeHandle #for_type {
            type Raw = #ty;
            #[inline]
            unsafe fn from_raw(__raw: #ty) -> Self {
                Self { #(#values,)* }
            }
            #[inline]
            fn as_raw(&self) -> ::core::result::Result<#ty, #runtime::Disposed> {
                #private::as_raw(self, &self.#member)
            }
            #[inline]
            fn into_raw(#receiver) -> #ty {
                let __raw = #private::raw::<Self>(&#owner.#member);
                let _ = #give_up;
                __raw
            }
            #[inline]
            fn is_invalid(&#owner) -> ::core::primitive::bool {
                #is_invalid
            }
        }
    };
    let mut others = borrowed(input, handle, options).unwrap_or_default();
    for kind in &input.options.lent {
        append(&mut others, lent(input, handle, kind, &values));
    }
    if !is_always {
        return quote!(#safe_handle #others);
    }
    quote! {
        const _: () = {
            pub struct __GivenUp(());
            #[automatically_derived]
            #implement #private::GiveUp #for_type {
                type Key = __GivenUp;
            }
            #safe_handle
        };
        #others
    }
}
