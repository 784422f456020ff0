//! `#[dispose(borrowed = Name)]`: the handle that does not own.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Generics, Lifetime, parse_quote};

use super::{allowed, bounds, docs};
use crate::attr::Unmanaged;
use crate::input::{Field, Input};

/// Writes the type of that name, and the owner's method that yields it.
pub(crate) fn borrowed(
    input: &Input<'_>,
    handle: &Field<'_>,
    options: &Unmanaged,
) -> Option<TokenStream> {
    let name = input.options.borrowed.as_ref()?;
    let (visibility, ty) = (&input.item.vis, handle.ty());
    let (owner, member) = (input.ident(), &handle.member);
    let lifetime = lifetime(input);
    let generics = borrowed_generics(input, &lifetime);
    let (_, of_owner, clause) = input.item.generics.split_for_impl();
    let (implement, arguments, _) = generics.split_for_impl();
    let allowed = allowed(input);
    let debug = {
        let bounds = bounds(clause);
        let text = name.to_string();
        // Where the raw type has no `Debug`, neither has this one: a bound that names a lifetime of its
        // own may fail.
        quote! {
            #allowed
            #[automatically_derived]
            impl #implement ::core::fmt::Debug for #name #arguments
            where
                #bounds
                for<'__raw> &'__raw #ty: ::core::fmt::Debug
            {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    __f.debug_tuple(#text).field(&&self.raw).finish()
                }
            }
        }
    };
    let of = input.item.ident.to_string();
    let about = format!(
        "A borrowed [`{of}`]: as large as the raw handle, and lent for as long as the lifetime says. It releases nothing."
    );
    let as_raw_docs = docs("Returns the raw handle, for a call that needs it.");
    let from_raw_docs = docs(
        "Borrows a raw handle that a library lends, such as to a callback.\n\n# Safety\n\n\
        `raw` is a live resource of the owner's kind, and nothing releases it as long as what is\n\
        returned, or a copy of it, is used.",
    );
    let method = method(input, name, options, &quote!(self.#member));
    Some(quote! {
        #allowed
        #[doc = #about]
        #[allow(dead_code)]
        #[repr(transparent)]
        #visibility struct #name #generics #clause {
            raw: #ty,
            owner: ::core::marker::PhantomData<&#lifetime #owner #of_owner>,
        }
        #allowed
        #[automatically_derived]
        impl #implement ::core::clone::Clone for #name #arguments #clause {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }
        #allowed
        #[automatically_derived]
        impl #implement ::core::marker::Copy for #name #arguments #clause {}
        #debug
        #allowed
        #[allow(dead_code)]
        impl #implement #name #arguments #clause {
            #as_raw_docs
            #[inline]
            #[must_use]
            #visibility fn as_raw(self) -> #ty {
                self.raw
            }
            #from_raw_docs
            #[inline]
            #[must_use]
            #visibility unsafe fn from_raw(raw: #ty) -> Self {
                Self { raw, owner: ::core::marker::PhantomData }
            }
        }
        #method
    })
}

fn method(
    input: &Input<'_>,
    name: &syn::Ident,
    options: &Unmanaged,
    raw: &TokenStream,
) -> TokenStream {
    let (runtime, visibility, owner) = (&input.runtime, &input.item.vis, input.ident());
    let (generics, of_owner, clause) = input.item.generics.split_for_impl();
    let elided = borrowed_generics(input, &Lifetime::new("'_", Span::call_site()));
    let (_, arguments, _) = elided.split_for_impl();
    let allowed = allowed(input);
    let is_always = options.always.is_some();
    let borrow = |raw: TokenStream| quote!(#name { raw: #raw, owner: ::core::marker::PhantomData });
    let method = if is_always {
        let borrow = borrow(raw.clone());
        let docs = docs("Borrows the handle.");
        quote! {
            #docs
            #[inline]
            #[must_use]
            #visibility fn as_borrowed(&self) -> #name #arguments {
                #borrow
            }
        }
    } else {
        let borrow = borrow(quote!(__raw));
        let docs = docs(
            "Borrows the handle.\n\n# Errors\n\nReturns `Disposed`, which names the type, if nothing is held.",
        );
        quote! {
            #docs
            #[inline]
            #visibility fn as_borrowed(
                &self,
            ) -> ::core::result::Result<#name #arguments, #runtime::Disposed> {
                match #runtime::SafeHandle::as_raw(self) {
                    ::core::result::Result::Ok(__raw) => ::core::result::Result::Ok(#borrow),
                    ::core::result::Result::Err(__disposed) => {
                        ::core::result::Result::Err(__disposed)
                    }
                }
            }
        }
    };
    quote! {
        #allowed
        #[allow(dead_code)]
        impl #generics #owner #of_owner #clause {
            #method
        }
    }
}

/// Returns the owner's parameters behind the lifetime for which it lends.
pub(super) fn borrowed_generics(input: &Input<'_>, lifetime: &Lifetime) -> Generics {
    let params = &input.item.generics.params;
    parse_quote!(<#lifetime, #params>)
}

/// Returns a name that the owner's lifetimes do not have.
pub(super) fn lifetime(input: &Input<'_>) -> Lifetime {
    let mut name = String::from("'handle");
    while input.item.generics.lifetimes().any(|known| known.lifetime.to_string() == name) {
        name.push('_');
    }
    Lifetime::new(&name, Span::call_site())
}
