//! Parts: fields that are disposable themselves.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Type;

use super::access::{Access, on_type};
use super::call::{Call, Pass, has_call, may_panic};
use super::empty::is_number;
use crate::attr::{Part, Role};
use crate::callee::Callee;
use crate::closure::Closure;
use crate::contents::{self, Contents};
use crate::input::{Field, Input, Kind};
use crate::tokens::Extent as _;
use crate::types::visible;

/// Writes the step of a part that is itself disposable.
pub(super) fn nest(
    input: &Input<'_>,
    field: &Field<'_>,
    part: &Part,
    access: Access<'_>,
    pass: Pass,
) -> TokenStream {
    let runtime = &input.runtime;
    let path = field.path();
    let exclusive = access.exclusive(field);
    let arguments = quote!(#exclusive, #path, __failures);
    if pass == Pass::Sync && next(input).is_some_and(|next| next.member == field.member) {
        return quote!(#runtime::__private::nest_next(#arguments););
    }
    if pass == Pass::Async && part.asynchrony.is_some() {
        let nest = on_type(field, runtime.private("AsyncPart"), "nest_async", arguments);
        // At the type too, because rustc may report the error again at the `await`.
        let span = field.ty().last();
        return quote_spanned!(span=> #nest.await;);
    }
    let nest = on_type(field, runtime.private("Part"), "nest", arguments);
    quote!(#nest;)
}

/// Returns `true` if any code of the user's may look at the next node while the list is released.
fn is_seen(input: &Input<'_>, next: &Field<'_>) -> bool {
    let is_other = |name: &str| {
        let mut fields = input.fields.iter().filter(|field| field.member != next.member);
        fields.any(|field| field.member.to_token_stream().to_string() == name)
    };
    let looks = |closure: &Closure| closure.reaches(&is_other);
    let call_looks = |call: Call<'_>| call.closures().into_iter().any(looks);
    input.unmanaged().any(|(_, options)| {
        let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref());
        may_panic(options)
            || is_alive.and_then(Callee::closure).is_some_and(looks)
            || has_call(options, Pass::Sync, &call_looks)
    })
}

/// Returns the field with the next node, if the values are a list.
pub(super) fn next<'a>(input: &'a Input<'a>) -> Option<&'a Field<'a>> {
    if input.kind == Kind::Close || !input.is_struct() {
        return None;
    }
    input.fields.iter().rfind(|field| is_part(field) && contents::is_next(input, field.ty()))
}

/// Writes whether the nodes may be out of their places while they are released.
pub(super) fn unlinking(input: &Input<'_>, next: &Field<'_>) -> TokenStream {
    let first = input.fields.iter().rfind(|field| field.is_tracked());
    let is_first = first.is_some_and(|first| first.member == next.member);
    let unlinking = input.runtime.private("Unlinking");
    if !is_first || input.options.before.is_some() {
        quote!(#unlinking::Never)
    } else if is_seen(input, next) {
        quote!(#unlinking::Seen)
    } else {
        quote!(#unlinking::Unseen)
    }
}

/// Writes whether nothing but the owner of a list's node can put anything into it, beside the next node. A node that
/// is pinned or has a pointer may be reached, or reach another, by that.
pub(super) fn is_exclusive(input: &Input<'_>, next: &Field<'_>) -> TokenStream {
    let mut all = Vec::new();
    for field in input.fields.iter().filter(|field| field.member != next.member) {
        match &field.role {
            Role::Unmanaged(options) if is_number(field, options) => {}
            Role::Unmanaged(options) if options.invalid.is_none() && options.each.is_none() => {
                let (is_exclusive, ty) = (input.runtime.private("is_exclusive"), field.self_type());
                all.push(quote!(#is_exclusive::<#ty>()));
            }
            Role::Untracked | Role::Skipped if !may_point(input, field.ty()) => {}
            _ => return quote!(false),
        }
    }
    match all.is_empty() {
        _ if is_seen(input, next) => quote!(false),
        true => quote!(true),
        false => quote!(#(#all)&&*),
    }
}

fn may_point(input: &Input<'_>, ty: &Type) -> bool {
    let is_pinned = match visible(ty) {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "PhantomPinned")
        }
        _ => false,
    };
    is_pinned || Contents::of(input, ty).has_raw
}

fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}
