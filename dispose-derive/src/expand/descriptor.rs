//! `#[dispose(unsafe(as_fd))]` and its kind: the descriptor as the standard library lends it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::borrowed::{borrowed_generics, lifetime};
use super::call::unsafe_block;
use super::{docs, header};
use crate::attr::Promise;
use crate::input::{Field, Input};
use crate::tokens::{Extent as _, here, written};

/// Writes the traits of one kind of descriptor. `values` initialise the fields of an owner made from `__raw`.
pub(super) fn lent(
    input: &Input<'_>,
    handle: &Field<'_>,
    lent: &Promise,
    values: &[TokenStream],
) -> TokenStream {
    let kind = lent.word.to_string();
    // `AsFd`, `as_raw_fd`, …
    let (word, name) = match kind.as_str() {
        "as_fd" => ("fd", "Fd"),
        "as_handle" => ("handle", "Handle"),
        _ => ("socket", "Socket"),
    };
    let word_at = here(lent.word.span());
    let runtime = input.runtime.at(word_at);
    let os = {
        let module = Ident::new(word, word_at);
        quote_spanned!(word_at=> #runtime::__private::os::#module)
    };
    let trait_of = |prefix: &str| {
        let name = format_ident!("{prefix}{name}", span = word_at);
        quote_spanned!(word_at=> #os::#name)
    };
    let method_of = |prefix: &str| format_ident!("{prefix}_{word}", span = word_at);
    let [as_, as_raw, into_raw, from_raw] =
        [trait_of("As"), trait_of("AsRaw"), trait_of("IntoRaw"), trait_of("FromRaw")];
    let [as_of, as_raw_of, into_raw_of, from_raw_of] =
        [method_of("as"), method_of("as_raw"), method_of("into_raw"), method_of("from_raw")];
    let (raw, lent_type) = (trait_of("Raw"), trait_of("Borrowed"));
    // At the field's type, where rustc says that it is not a descriptor.
    let at = here(handle.ty().first());
    let ty = handle.self_type();
    let os_at = {
        let (runtime, module) = (input.runtime.at(at), Ident::new(word, at));
        quote_spanned!(at=> #runtime::__private::os::#module)
    };
    let descriptor = quote_spanned!(at=> <#ty as #os_at::Descriptor>);
    let (implement, for_type) = header(input);
    // The value is held and a descriptor, and the author promises by `unsafe` that it is open meanwhile.
    let borrow = written(|tokens| {
        unsafe_block(quote!(#lent_type::borrow_raw(__raw)), &lent.unsafety, tokens);
    });
    let panics = docs("# Panics\n\nPanics if nothing is held.");
    let of_borrowed = input.options.borrowed.as_ref().map(|name| {
        let generics = borrowed_generics(input, &lifetime(input));
        let (generics, arguments, _) = generics.split_for_impl();
        let clause = &input.item.generics.where_clause;
        let allowed = super::allowed(input);
        quote! {
            #allowed
            #[automatically_derived]
            impl #generics #as_ for #name #arguments #clause {
                #panics
                #[inline]
                fn #as_of(&self) -> #lent_type<'_> {
                    let __raw = #descriptor::of_borrowed(self.raw, self);
                    #borrow
                }
            }
            #allowed
            #[automatically_derived]
            impl #generics #as_raw for #name #arguments #clause {
                #panics
                #[inline]
                fn #as_raw_of(&self) -> #raw {
                    #descriptor::of_borrowed(self.raw, self)
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        #implement #as_ #for_type {
            #panics
            #[inline]
            fn #as_of(&self) -> #lent_type<'_> {
                let __raw = #descriptor::of_owner(self);
                #borrow
            }
        }
        #[automatically_derived]
        #implement #as_raw #for_type {
            #panics
            #[inline]
            fn #as_raw_of(&self) -> #raw {
                #descriptor::of_owner(self)
            }
        }
        #[automatically_derived]
        #implement #into_raw #for_type {
            #[inline]
            fn #into_raw_of(self) -> #raw {
                #descriptor::given_up(#runtime::SafeHandle::into_raw(self))
            }
        }
        #[automatically_derived]
        #implement #from_raw #for_type {
            #[inline]
            unsafe fn #from_raw_of(__raw: #raw) -> Self {
                let __raw = #descriptor::of(__raw);
                Self { #(#values,)* }
            }
        }
        #of_borrowed
    }
}
