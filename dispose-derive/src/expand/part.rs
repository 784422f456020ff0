//! Parts: fields that are disposable themselves.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::access::{Access, on_type, type_on};
use super::call::{Pass, calls, may_panic};
use super::empty::{is_field_empty, tracked};
use super::variants::{Arm, each_group};
use crate::attr::{Part, Role};
use crate::contents;
use crate::input::{Field, Input, Kind};
use crate::tokens::{Extent as _, append};

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
    if let (Pass::Sync, Some(next)) = (pass, next_of(input, field)) {
        let nest = if is_seen(input) { "nest_next" } else { "nest_next_unseen" };
        let nest = runtime.private(nest);
        return quote!(#nest(#arguments, #next););
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

/// Returns `true` if any code of the user's may look at the value while it is released.
fn is_seen(input: &Input<'_>) -> bool {
    input.unmanaged().any(|(_, options)| {
        let is_alive = options.keep.as_ref().and_then(|keep| keep.is_alive.as_ref());
        may_panic(options)
            || is_alive.is_some_and(|is_alive| is_alive.closure().is_some())
            || calls(options, Pass::Sync).any(|call| call.closures().next().is_some())
    })
}

/// Returns the field with the next node, if the values are a chain and a pass begins with it.
pub(super) fn next<'a>(input: &'a Input<'a>) -> Option<&'a Field<'a>> {
    let first = input.fields.iter().rfind(|field| field.is_tracked())?;
    let is_next = input.kind != Kind::Close
        && input.is_struct()
        && input.options.before.is_none()
        && is_part(first)
        && contents::is_next(input, first.ty());
    is_next.then_some(first)
}

/// Returns the place of the next node in each, if this is that field.
fn next_of(input: &Input<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let member = &next(input)?.member;
    (*member == field.member).then(|| quote!(|__value| &mut __value.#member))
}

/// Drops the parts that are released, in the order in which Rust would.
pub(super) fn detach_parts<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let mut body = TokenStream::new();
        for (field, is_seen) in parts(input, fields) {
            let exclusive = access.exclusive(field);
            let detach = on_type(field, input.runtime.private("Part"), "detach", exclusive);
            append(
                &mut body,
                match is_seen {
                    None => quote!(#detach;),
                    Some(is_seen) => quote!(if !(#is_seen) { #detach; }),
                },
            );
        }
        let bound = fields.iter().filter(|field| is_part(field)).collect();
        (!body.is_empty()).then_some(Arm { bound, body })
    };
    each_group(input, &arm, &quote!({}))
}

/// Has the parts visited, if nothing else in these fields is held.
pub(super) fn visit_parts<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    if !input.fields.iter().any(is_part) {
        return None;
    }
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let unmanaged = fields.iter().filter(|field| field.unmanaged().is_some());
        let own = unmanaged
            .map(|field| is_field_empty(&input.runtime, field, access).into_token_stream());
        let parts = parts(input, fields).map(|(field, is_seen)| {
            let visit = visit(input, field, access);
            let Some(is_seen) = is_seen else { return visit };
            let part = input.runtime.private("Part");
            let is_disposed = on_type(field, part, "is_disposed", access.shared(field));
            quote!((if #is_seen { #is_disposed } else { #visit }))
        });
        let all = own.chain(parts);
        tracked(fields, Field::is_tracked, quote!(#(#all)&&*))
    };
    each_group(input, &arm, &quote!(true))
}

/// Has a part visited. The method is the real one, whatever the path to this crate leads to.
fn visit(input: &Input<'_>, field: &Field<'_>, access: Access<'_>) -> TokenStream {
    let exclusive = access.exclusive(field);
    if let Some(next) = next_of(input, field) {
        return quote!(__visit.next::<Self>(#exclusive, #next));
    }
    let ty = type_on(field, input.runtime.private("Part"), "Itself");
    quote!(__visit.part::<#ty>(#exclusive))
}

/// Returns the parts among these fields. Rust would drop an ordinary field that is declared before a part first. So
/// the part is left to Rust if the drop of such a field can be seen, which is the question beside it.
fn parts<'a>(
    input: &'a Input<'_>,
    fields: &'a [Field<'a>],
) -> impl Iterator<Item = (&'a Field<'a>, Option<TokenStream>)> {
    let runtime = &input.runtime;
    fields.iter().enumerate().filter(|(_, field)| is_part(field)).map(|(at, field)| {
        let before = fields[..at].iter().filter(|field| !field.is_tracked());
        let before: Vec<_> = before.map(|field| field.self_type().into_token_stream()).collect();
        let is_seen = quote!(#(#runtime::__private::is_drop_seen::<#before>())||*);
        (field, (!before.is_empty()).then_some(is_seen))
    })
}

pub(super) fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}
