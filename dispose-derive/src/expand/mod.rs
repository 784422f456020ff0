//! From a checked input to code. Nothing here can fail.

mod call;
mod close;
mod dispose;
mod guards;
mod release;
mod safe_handle;

pub(crate) use self::close::close;
pub(crate) use self::dispose::{async_dispose, dispose};
pub(crate) use self::safe_handle::safe_handle;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, GenericParam, Meta};

use crate::input::Input;

/// `impl … Trait for Type …`, with the type's own generics exactly, as `Drop` needs.
struct Impl<'a> {
    input: &'a Input<'a>,
}

impl Impl<'_> {
    /// An impl that holds code of the user's: lints look at it.
    fn of(&self, of: &TokenStream, body: &TokenStream) -> TokenStream {
        let ident = self.input.ident();
        let (generics, arguments, clause) = self.input.ast.generics.split_for_impl();
        let allowed = allowed(self.input);
        quote! {
            #allowed
            impl #generics #of for #ident #arguments #clause {
                #body
            }
        }
    }

    /// An impl without code of the user's.
    fn derived(&self, of: &TokenStream, body: &TokenStream) -> TokenStream {
        let item = self.of(of, body);
        quote! {
            #[automatically_derived]
            #item
        }
    }
}

/// What the user allows on the type is allowed in its impls too, and a lifetime that stands once in
/// an impl's header is not the user's doing.
fn allowed(input: &Input<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    for attr in &input.ast.attrs {
        if let Some(lints) = lints(attr) {
            quote!(#[allow(#lints)]).to_tokens(&mut tokens);
        }
    }
    let lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
    if input.ast.generics.params.iter().any(lifetime) {
        quote!(#[allow(single_use_lifetimes)]).to_tokens(&mut tokens);
    }
    tokens
}

fn lints(attr: &Attribute) -> Option<&TokenStream> {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("allow") || list.path.is_ident("expect") => {
            Some(&list.tokens)
        }
        _ => None,
    }
}
