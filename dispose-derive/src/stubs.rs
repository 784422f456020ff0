//! The impls that the rest of the program needs after a mistake, so that one mistake is one error.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::expand::{self, clone_stub, inherent_stubs};
use crate::input::{Input, Kind};
use crate::item::{Attr, Attrs};
use crate::tokens::{is_one_of, is_punct, stream};

pub(crate) fn impls(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let (ident, owner) = (input.ident(), input.owner);
    let (generics, arguments, clause) = input.item.generics.split_for_impl();
    let values = values(input);
    let (of, items) = match input.kind {
        Kind::Dispose => (
            quote!(#runtime::Dispose),
            quote! {
                fn release_all(&mut #owner, _: &mut #runtime::Failures) {
                    #values
                }
                fn is_disposed(&self) -> ::core::primitive::bool {
                    true
                }
            },
        ),
        Kind::AsyncDispose => (
            quote!(#runtime::AsyncDispose),
            quote! {
                async fn release_all_async(&mut #owner, _: &mut #runtime::Failures) {
                    #values
                }
            },
        ),
        Kind::Close => (
            quote!(#runtime::Close),
            quote! {
                fn close(#owner) -> ::core::result::Result<(), #runtime::DisposeError> {
                    #values
                    ::core::result::Result::Ok(())
                }
            },
        ),
        Kind::SafeHandle => (quote!(#runtime::SafeHandle), safe_handle(input)),
    };
    let by_value = by_value(input);
    let others = match input.kind {
        Kind::Dispose | Kind::Close => {
            let (methods, clone) = (inherent_stubs(input), clone_stub(input));
            quote!(#methods #clone)
        }
        _ => TokenStream::new(),
    };
    let borrowed = borrowed(input);
    quote! {
        #[allow(unexpected_cfgs)]
        impl #generics #of for #ident #arguments #clause {
            #items
        }
        #by_value
        #others
        #borrowed
    }
}

/// Writes the type that `derive(SafeHandle)` makes.
fn borrowed(input: &Input<'_>) -> Option<TokenStream> {
    let (handle, options) = input.unmanaged().next()?;
    if input.kind == Kind::SafeHandle { expand::borrowed(input, handle, options) } else { None }
}

fn safe_handle(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let handle = input.unmanaged().find(|(_, options)| options.each.is_none());
    let raw = handle.map_or_else(|| quote!(()), |(field, _)| field.ty().to_token_stream());
    quote! {
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

/// Returns the impl that `derive(SafeHandle)`, which does not see the mistake, needs for an `always` field.
fn by_value(input: &Input<'_>) -> Option<TokenStream> {
    if matches!(input.kind, Kind::SafeHandle | Kind::AsyncDispose)
        || input.unmanaged().all(|(_, options)| options.always.is_none())
    {
        return None;
    }
    let runtime = &input.runtime;
    let ident = input.ident();
    let (generics, arguments, clause) = input.item.generics.split_for_impl();
    Some(quote! {
        unsafe impl #generics #runtime::__private::ByValue for #ident #arguments #clause {
            type Key = ();
            fn release_all(
                &mut self,
                _: &mut #runtime::Failures,
                _: #runtime::__private::Token<'_, Self>,
            ) {
            }
            fn is_released(&self) -> ::core::primitive::bool {
                true
            }
            fn drop_ordinary(&mut self, _: #runtime::__private::Ordinary<'_, Self>) {}
        }
    })
}

/// Returns the values in the attributes after a mistake, so that an editor still finds what they name.
fn values(input: &Input<'_>) -> Option<TokenStream> {
    let mut values = Vec::new();
    let mut add = |attrs: &Attrs<'_>| {
        for list in attrs.ours.iter().filter_map(Attr::list) {
            add_values(list, &mut values);
        }
    };
    for field in &input.fields {
        add(&field.original.attrs);
    }
    add(&input.item.attrs);
    // A macro that is never expanded accepts anything.
    let expression = input.runtime.private("expression");
    (!values.is_empty()).then(|| {
        quote! {
            #[cfg(rust_analyzer)]
            {
                #(let _ = #expression!(#values);)*
            }
        }
    })
}

/// Adds the values of `key = value, unsafe(key = value), …`.
fn add_values(list: TokenStream, values: &mut Vec<TokenStream>) {
    let tokens: Vec<_> = list.into_iter().collect();
    for item in tokens.split(|token| is_punct(Some(token), ',')) {
        match item {
            [TokenTree::Ident(word), TokenTree::Group(group)] if word == "unsafe" => {
                add_values(group.stream(), values);
            }
            [_, assign, TokenTree::Ident(word), TokenTree::Group(group)]
                if is_punct(Some(assign), '=') && word == "keep_if" =>
            {
                values.push(group.stream());
            }
            [TokenTree::Ident(key), assign, value @ ..]
                if is_punct(Some(assign), '=')
                    && !is_one_of(key, &["on_error", "crate", "error"]) =>
            {
                values.push(stream(value));
            }
            _ => {}
        }
    }
}
