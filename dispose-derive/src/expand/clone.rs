//! `clone = F`: a `Clone` by the library's own reference count, or another way to a second handle.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericArgument, GenericParam, PathArguments, Type};

use super::access::{Access, on_type};
use super::call::{argument_place, call_release};
use super::empty::is_value_empty;
use super::{allowed, allowed_in, bounds};
use crate::attr::{Unmanaged, UserFn};
use crate::contents::is_dependent;
use crate::input::{Field, Input};
use crate::runtime::Runtime;
use crate::tokens::{Extent as _, append, group, here, is_one_of, located, written};
use crate::types::visible;

/// Writes the impl. Its last step is the call of `F`, so nothing can panic between that and the second owner.
/// It calls the runtime's `Clone`: that of a lookalike of `core` could hand another handle to `F`.
pub(super) fn clone(input: &Input<'_>) -> Option<TokenStream> {
    let (handle, options, retain) = handle(input)?;
    let others = input.fields.iter().filter(|field| !core::ptr::eq(*field, handle));
    let others = others.map(|field| {
        let (binding, lints) = (field.binding(), lints(field));
        let clone =
            on_type(field, input.runtime.private("Clone"), "clone", Access::Member.shared(field));
        quote!(#lints let #binding = #clone;)
    });
    let (binding, lints) = (handle.binding(), lints(handle));
    let retained = retained(&input.runtime, handle, options, retain);
    let members = input.fields.iter().map(|field| {
        let (member, binding) = (&field.member, field.binding());
        quote!(#member: #binding)
    });
    Some(in_impl(
        input,
        retain,
        &quote! {
            #(#others)*
            #lints
            let #binding = { #retained };
            Self { #(#members,)* }
        },
    ))
}

/// Writes the impl that the rest of the program counts on after a mistake.
pub(crate) fn stub(input: &Input<'_>) -> Option<TokenStream> {
    let (.., retain) = handle(input)?;
    Some(in_impl(input, retain, &quote!(::core::unreachable!())))
}

/// Returns the field with the key. The check rejected a second handle.
fn handle<'a>(input: &'a Input<'a>) -> Option<(&'a Field<'a>, &'a Unmanaged, &'a UserFn)> {
    let mut handles = input.unmanaged();
    handles.find_map(|(field, options)| Some((field, options, options.clone.as_ref()?)))
}

fn lints(field: &Field<'_>) -> impl ToTokens {
    written(|tokens| allowed_in(&field.original.attrs, tokens))
}

/// Writes the impl with the bounds that `derive(Clone)` would add, except for parameters of which nothing is
/// cloned. It is not `automatically_derived`, because the closure in it is the user's.
fn in_impl(input: &Input<'_>, retain: &UserFn, body: &TokenStream) -> TokenStream {
    let (parameters, arguments, clause) = input.item.generics.split_for_impl();
    let mut cloned: Vec<&Type> = Vec::new();
    for field in input.fields.iter().filter(|field| field.unmanaged().is_none()) {
        add_dependent(input, field.ty(), &mut cloned);
    }
    let clause = if cloned.is_empty() {
        clause.to_token_stream()
    } else {
        let bounds = bounds(clause);
        quote!(where #bounds #(#cloned: ::core::clone::Clone,)*)
    };
    let (ident, owner) = (input.ident(), input.owner);
    let allowed = allowed(input);
    // At the key, where rustc reports another impl.
    let header = quote!(impl #parameters ::core::clone::Clone for #ident #arguments #clause);
    let header = located(header, retain.key.span());
    let method = quote! {
        #[inline]
        fn clone(&#owner) -> Self {
            #body
        }
    };
    let body = group(Delimiter::Brace, method, here(retain.key.span()));
    quote!(#allowed #header #body)
}

/// Writes the handle of the second owner.
fn retained(
    runtime: &Runtime,
    handle: &Field<'_>,
    options: &Unmanaged,
    retain: &UserFn,
) -> TokenStream {
    let path = handle.path();
    let field = Access::Member.shared(handle);
    let value = Ident::new("__value", argument_place(retain));
    let called = written(|tokens| call_release(runtime, retain, &value, tokens));
    // At the function, which is at fault if the second owner has nothing to hold.
    let by = Ident::new("by", here(retain.callee.first()));
    let called =
        group(Delimiter::Parenthesis, called.into_token_stream(), here(retain.callee.last()));
    let retained = quote! {
        #runtime::__private::Retaining::<'_, Self, _>::of(#path, __value).#by #called
    };
    // As the expansion's own code, or rustc would advise to borrow the type.
    let first = here(handle.ty().first());
    let (at, ty) = (runtime.at(first), handle.self_type());
    let copy = quote_spanned!(first=> <#ty as #at::__private::Handle>::copy(#field));
    if options.always.is_some() {
        return quote! {
            let __value = #copy;
            #retained
        };
    }
    let cloned = written(|tokens| append(tokens, quote!(&__clone)));
    let is_empty = is_value_empty(runtime, handle, options, cloned);
    let refused = quote! {
        if #is_empty {
            #runtime::__private::not_retained::<Self>(#path)
        }
    };
    if options.invalid.is_some() {
        return quote! {
            let mut __clone = #copy;
            if !#is_empty {
                let __value = __clone;
                __clone = #retained;
                #refused
            }
            __clone
        };
    }
    let copy = on_type(handle, runtime.private("Clone"), "clone", field);
    let slot = || runtime.item("Slot");
    let take = on_type(handle, slot(), "take", quote!(&mut __clone));
    let put = on_type(handle, slot(), "put", quote!(&mut __clone, __retained));
    let last = here(handle.ty().last());
    let value = Ident::new("Value", last);
    let value = quote_spanned!(first=> <#ty as #at::Slot>::#value);
    let taken = group(Delimiter::Parenthesis, quote!(&__taken), last);
    let checked = quote_spanned!(first=> <#value as #at::__private::Handle>::copy #taken);
    quote! {
        let mut __clone = #copy;
        if let ::core::option::Option::Some(__taken @ _) = #take {
            let __value = #checked;
            let __retained = #retained;
            #put;
            #refused
        }
        __clone
    }
}

/// Adds a parameter, or an associated type of one, that is cloned with the type.
fn add_dependent<'a>(input: &Input<'_>, ty: &'a Type, needed: &mut Vec<&'a Type>) {
    match visible(ty) {
        Type::Array(array) => add_dependent(input, &array.elem, needed),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| add_dependent(input, ty, needed)),
        Type::Path(path) => {
            let first = path.path.segments.first();
            let is_parameter = |parameter: &GenericParam| match parameter {
                GenericParam::Type(parameter) => {
                    first.is_some_and(|first| first.ident == parameter.ident)
                }
                _ => false,
            };
            let is_projected = path.qself.is_some() && is_dependent(input, ty);
            if is_projected || input.item.generics.params.iter().any(is_parameter) {
                needed.push(ty);
                return;
            }
            let Some(last) = path.path.segments.last() else { return };
            if is_one_of(&last.ident, &["PhantomData", "Rc", "Arc", "Weak"]) {
                return;
            }
            if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        add_dependent(input, ty, needed);
                    }
                }
            }
        }
        _ => {}
    }
}
