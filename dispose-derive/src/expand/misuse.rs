//! The items beside the impls: they make an error of misuse that only the compiler can see.

use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Type, Visibility};

use super::call::argument;
use super::{allowed, allowed_in};
use crate::attr::{OnDrop, Role, TypeOptions, Unmanaged};
use crate::check::is_before_unsafe;
use crate::contents::{Contents, Remedy, is_dependent, with_stand_in};
use crate::input::{Field, Input, Kind};
use crate::tokens::{Extent as _, group, here, located, written};
use crate::types::visible;

/// Returns the [`reports`] unless they are the usual ones.
pub(super) fn unusual_reports(input: &Input<'_>) -> Option<TokenStream> {
    let TypeOptions { explicit, on_drop, .. } = &input.options;
    (explicit.is_some() || on_drop.is_some()).then(|| reports(input))
}

/// Returns two arguments: whether a forgotten value is reported, and the function that receives the reports.
pub(super) fn reports(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let explicit = input.options.explicit.is_some();
    let report = match &input.options.on_drop {
        None => quote!(#runtime::__private::report),
        Some(OnDrop::Ignore) => quote!(#runtime::__private::ignore_errors),
        Some(OnDrop::To(callee)) => argument(runtime, callee).to_token_stream(),
    };
    quote!(#explicit, #report)
}

pub(super) fn all(input: &Input<'_>) -> Vec<TokenStream> {
    let mut items = Vec::new();
    items.extend(no_clone(input));
    items.extend(no_default(input));
    nothing_forgotten(input, &mut items);
    items
}

/// Bans `Clone`, which would make a second owner of the same resource.
fn no_clone(input: &Input<'_>) -> Option<TokenStream> {
    let owns = input.options.before.is_some() || input.unmanaged().next().is_some();
    let is_clone = input.unmanaged().any(|(_, options)| options.clone.is_some());
    if !owns || is_clone || input.options.clone.is_some() {
        return None;
    }
    let ban = match input.kind {
        // A trait for each derive, so that a type with both has one error, which says to choose.
        Kind::Close => "HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand",
        _ => "OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand",
    };
    Some(ban_trait(input, ban, input.item.ident.span()))
}

/// Bans `Default`, where a defaulted value would hold what another owner opened.
fn no_default(input: &Input<'_>) -> Option<TokenStream> {
    if input.options.default.is_some() {
        return None;
    }
    let key = input.unmanaged().find_map(|(field, options)| by_default(field, options))?;
    let ban = match input.kind {
        Kind::Close => "HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault",
        _ => "OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault",
    };
    Some(ban_trait(input, ban, key))
}

/// Writes an impl that conflicts with the one that is not allowed. Its header is at one place, where rustc
/// reports the conflict.
fn ban_trait(input: &Input<'_>, name: &'static str, place: Span) -> TokenStream {
    let here = here(place);
    let runtime = input.runtime.at(here);
    let name = Ident::new(name, here);
    let mut ident = input.ident();
    ident.set_span(ident.span().located_at(place));
    let (generics, arguments, clause) = input.item.generics.split_for_impl();
    // Most have nothing to move, and a stream in between would be several round trips to the compiler.
    let is_generic = !input.item.generics.params.is_empty() || clause.is_some();
    let moved = |part: &dyn ToTokens| is_generic.then(|| located(part.to_token_stream(), place));
    let (generics, arguments, clause) = (moved(&generics), moved(&arguments), moved(&clause));
    let allowed = allowed(input);
    quote_spanned! {here=>
        #allowed
        impl #generics #runtime::__private::#name for #ident #arguments #clause {}
    }
}

/// Returns where to report that a field's default, a zero above all, would count as a resource.
fn by_default(field: &Field<'_>, options: &Unmanaged) -> Option<Span> {
    // A collection is empty then, unless it has a fixed length.
    if options.each.is_some() && !matches!(visible(field.ty()), Type::Array(_)) {
        return None;
    }
    if let Some(always) = &options.always {
        return Some(always.word.span());
    }
    if options.invalid.as_ref()?.includes_zero() {
        return None;
    }
    let name = field.original.ident.as_ref();
    Some(name.map_or_else(|| field.ty().first(), Ident::span))
}

/// Adds the checks that no field without an attribute hides a disposable, which was probably meant to be released
/// in order, or a raw handle behind an alias.
fn nothing_forgotten(input: &Input<'_>, items: &mut Vec<TokenStream>) {
    let is_ordinary = |field: &&Field<'_>| matches!(field.role, Role::Untracked | Role::Skipped);
    for field in input.fields.iter().filter(is_ordinary) {
        let contents = Contents::of(input, field.ty());
        let stand_in = if contents.has_dependent { as_another(input, field) } else { None };
        let (ty, contents) = match &stand_in {
            Some(ty) => (ty, Contents::of(input, ty)),
            None => (field.ty(), contents),
        };
        if matches!(field.role, Role::Untracked) {
            not_forgotten(input, field, ty, &contents, items);
        }
        not_public(input, field, &contents, items);
    }
}

/// Returns the field's type with another one in the place of the derived type itself, which is released in the same way.
fn as_another(input: &Input<'_>, field: &Field<'_>) -> Option<Type> {
    let name = if input.kind == Kind::Close { "ItselfByValue" } else { "Itself" };
    with_stand_in(input, field.ty(), &input.runtime.private(name))
}

fn not_forgotten(
    input: &Input<'_>,
    field: &Field<'_>,
    ty: &Type,
    contents: &Contents<'_>,
    items: &mut Vec<TokenStream>,
) {
    for path in &contents.dyn_bounds {
        items.push(has_dyn(input, path));
    }
    let Some(part) = contents.unknown.first() else { return };
    let runtime = &input.runtime;
    let remedy = Remedy::of(ty);
    let whole = if !is_dependent(input, ty) {
        Some(ty)
    } else if remedy != Remedy::Other {
        // It cannot be asked about, but is disposable if its parts are.
        Some(*part)
    } else {
        None
    };
    let whole =
        whole.map_or_else(|| quote!(0), |ty| quote!(<#runtime::__private::Probe<#ty>>::DISPOSE));
    let remedy = match remedy {
        Remedy::Bare => "Bare",
        Remedy::Slot => "Slot",
        Remedy::Each => "Each",
        Remedy::Other => "Other",
    };
    let remedy = Ident::new(remedy, Span::call_site());
    let (path, found) = (field.path(), found(input, contents));
    let has_before = input.options.before.is_some();
    let arguments =
        quote!(#path, #found, #whole, #runtime::__private::Remedy::#remedy, #has_before);
    items.push(ask(input, field, "untracked", arguments));
}

/// Asks whether a public field holds a handle that an unsafe `before` releases. Safe code could store one.
fn not_public(
    input: &Input<'_>,
    field: &Field<'_>,
    contents: &Contents<'_>,
    items: &mut Vec<TokenStream>,
) {
    let is_public = input.is_struct() && matches!(field.original.vis, Visibility::Public(_));
    if is_public && is_before_unsafe(input) && !contents.unknown.is_empty() {
        let (path, found) = (field.path(), found(input, contents));
        items.push(ask(input, field, "public", quote!(#path, #found)));
    }
}

/// Asks the compiler about the types whose contents the tokens do not show.
fn found(input: &Input<'_>, contents: &Contents<'_>) -> TokenStream {
    let (runtime, unknown) = (&input.runtime, &contents.unknown);
    quote!(&[#(#runtime::__private::found!(#unknown)),*])
}

/// Asks whether a trait in `dyn Trait` is ours: another one may have the same name.
fn has_dyn(input: &Input<'_>, path: &Path) -> TokenStream {
    let runtime = &input.runtime;
    let span = here(path.last());
    let at = runtime.at(span);
    let question =
        quote_spanned!(span=> #at::__private::has_dyn(<#at::__private::Probe<__T>>::BOUND));
    quote! {
        const _: () = {
            use #runtime::__private::Unknown as _;
            #[allow(dead_code)]
            fn __bound<__T: #path>() {
                #question;
            }
        };
    }
}

/// Writes a question, as a constant that is evaluated at the field's type.
fn ask(
    input: &Input<'_>,
    field: &Field<'_>,
    question: &'static str,
    arguments: TokenStream,
) -> TokenStream {
    let runtime = &input.runtime;
    let allowed = written(|tokens| {
        allowed(input).to_tokens(tokens);
        allowed_in(&field.original.attrs, tokens);
    });
    let (first, last) = (field.ty().first(), field.ty().last());
    let question = Ident::new(question, here(first));
    let at = runtime.at(here(first));
    let path = quote_spanned!(here(first)=> #at::__private::#question);
    let arguments = group(Delimiter::Parenthesis, arguments, here(last));
    quote! {
        #allowed
        const _: () = {
            use #runtime::__private::Unknown as _;
            #path #arguments;
        };
    }
}
