//! What stands beside the impls: misuse of the type that only the compiler can see.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Lit, Type, Visibility};

use super::call::{argument, group};
use super::{allowed, header};
use crate::attr::{Container, OnDrop, Role, Unmanaged};
use crate::check::is_before_unsafe;
use crate::contents::{Contents, Remedy, is_dependent, visible};
use crate::extent::Extent as _;
use crate::input::{Field, Input, Kind};
use crate::written::{append, written};

/// Whether a forgotten value is reported, and the function that receives the reports, if they differ
/// from the usual.
pub(super) fn reports(input: &Input<'_>) -> Option<TokenStream> {
    let runtime = &input.runtime;
    let Container { explicit, on_drop, .. } = &input.options;
    if explicit.is_none() && on_drop.is_none() {
        return None;
    }
    let explicit = explicit.is_some();
    let report = match on_drop {
        None => quote!(#runtime::__private::report),
        Some(OnDrop::Ignore) => quote!(#runtime::__private::ignore_errors),
        Some(OnDrop::To(callee)) => argument(runtime, callee).to_token_stream(),
    };
    Some(quote!(#explicit, #report))
}

pub(super) fn all<'a>(input: &'a Input<'_>) -> impl ToTokens + 'a {
    written(|tokens| {
        no_clone(input, tokens);
        no_default(input, tokens);
        nothing_forgotten(input, tokens);
    })
}

/// A second owner would release the same resource: `Clone` conflicts with this impl.
fn no_clone(input: &Input<'_>, tokens: &mut TokenStream) {
    let owns = input.options.before.is_some() || input.unmanaged().next().is_some();
    if owns && input.options.clone.is_none() {
        let ban = match input.kind {
            // A trait for each derive, so that a type with both is told only to choose.
            Kind::Close => "HandlesMustNotBeCloneUnlessDisposeClone",
            _ => "OwnersMustNotBeCloneUnlessDisposeClone",
        };
        ban_trait(input, ban, tokens);
    }
}

/// A defaulted value must not hold what somebody else opened: `Default` conflicts with this impl.
fn no_default(input: &Input<'_>, tokens: &mut TokenStream) {
    if input.options.default.is_none()
        && input.unmanaged().any(|(field, options)| by_default(field, options))
    {
        let ban = match input.kind {
            Kind::Close => "HandlesMustNotBeDefaultUnlessDisposeDefault",
            _ => "OwnersMustNotBeDefaultUnlessDisposeDefault",
        };
        ban_trait(input, ban, tokens);
    }
}

fn ban_trait(input: &Input<'_>, name: &'static str, tokens: &mut TokenStream) {
    let ban = input.runtime.private(name);
    let (implement, for_type) = header(input);
    append(
        tokens,
        quote! {
            #[automatically_derived]
            #[doc(hidden)]
            #implement #ban #for_type {}
        },
    );
}

/// Whether a field counts as held when it has its type's default, a zero above all.
fn by_default(field: &Field<'_>, options: &Unmanaged) -> bool {
    // A collection is empty then, unless it has a fixed length.
    if options.each.is_some() && !matches!(visible(field.ty()), Type::Array(_)) {
        return false;
    }
    let zero_is_held =
        |invalid: &Group| !values(invalid.stream()).iter().any(|value| is_zero(value.clone()));
    options.always.is_some() || options.invalid.as_ref().is_some_and(zero_is_held)
}

/// The values of `[E, …]`.
fn values(list: TokenStream) -> Vec<TokenStream> {
    let mut values = vec![TokenStream::new()];
    for token in list {
        match (&token, values.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => {
                values.push(TokenStream::new())
            }
            (_, Some(value)) => value.extend([token]),
            (_, None) => {}
        }
    }
    values
}

/// A literal `0`, of whatever type, or `false`.
fn is_zero(value: TokenStream) -> bool {
    match syn::parse2::<Lit>(value) {
        Ok(Lit::Int(int)) => int.base10_digits() == "0",
        Ok(Lit::Bool(bool)) => !bool.value,
        _ => false,
    }
}

/// An untracked field that holds a disposable was probably meant to be released in its turn, and a raw
/// handle behind an alias is as easily forgotten as one that can be seen.
fn nothing_forgotten(input: &Input<'_>, tokens: &mut TokenStream) {
    for field in &input.fields {
        let ty = field.ty();
        let is_untracked = matches!(field.role, Role::Untracked);
        let is_public = input.is_struct()
            && matches!(field.original.vis, Visibility::Public(_))
            && is_before_unsafe(input);
        if !is_untracked && !(is_public && matches!(field.role, Role::Skipped)) {
            continue;
        }
        let unknown = Contents::of(input, ty).unknown;
        if unknown.is_empty() {
            continue;
        }
        let runtime = &input.runtime;
        let path = field.path();
        let found = quote!(&[#(#runtime::__private::found!(#unknown)),*]);
        if is_public {
            ask(input, field, "public", &quote!(#path, #found), tokens);
        }
        if !is_untracked {
            continue;
        }
        let whole = if is_dependent(input, ty) {
            // What holds a disposable is one itself, if it is a container and nothing else.
            if Remedy::of(ty) == Remedy::Other { None } else { unknown.first().copied() }
        } else {
            Some(ty)
        };
        let whole = match whole {
            Some(ty) => quote!(<#runtime::__private::Probe<#ty>>::DISPOSE),
            None => quote!(0),
        };
        let remedy = match Remedy::of(ty) {
            Remedy::Bare => "Bare",
            Remedy::Slot => "Slot",
            Remedy::Each => "Each",
            Remedy::Other => "Other",
        };
        let remedy = Ident::new(remedy, Span::call_site());
        let has_before = input.options.before.is_some();
        let arguments =
            quote!(#path, #found, #whole, #runtime::__private::Remedy::#remedy, #has_before);
        ask(input, field, "untracked", &arguments, tokens);
    }
}

/// A constant that is evaluated at the field's type.
fn ask(
    input: &Input<'_>,
    field: &Field<'_>,
    question: &'static str,
    arguments: &TokenStream,
    tokens: &mut TokenStream,
) {
    let runtime = &input.runtime;
    let allowed = written(|tokens| allowed(input, tokens));
    let (first, last) = (field.ty().first(), field.ty().last());
    let here = |span| Span::call_site().located_at(span);
    let question = Ident::new(question, here(first));
    let at = runtime.at(here(first));
    let path = quote_spanned!(here(first)=> #at::__private::#question);
    let arguments = group(Delimiter::Parenthesis, arguments, here(last));
    append(
        tokens,
        quote! {
            #allowed
            const _: () = {
                use #runtime::__private::Unknown as _;
                #path #arguments;
            };
        },
    );
}
