//! Parts: fields that are disposable themselves.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::access::{Access, on_type, type_on};
use super::call::{Pass, has_call, may_panic};
use super::variants::{Arm, bound, each_group};
use crate::attr::{Part, Role, Unmanaged};
use crate::contents;
use crate::input::{Field, Input, Kind};
use crate::tokens::{Extent as _, append};
use crate::types::{is_integer, is_pointer, only_argument};

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
            || has_call(options, Pass::Sync, |call| !call.closures().is_empty())
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
        for (field, is_seen) in parts(input, fields, access) {
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
        arm_of_parts(fields, body)
    };
    each_group(input, &arm, &quote!({}))
}

/// Has the parts visited. No expression of the user's is in it: it is an unsafe function, and
/// the visit must not get into other hands.
pub(super) fn visit_parts<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let visits = parts(input, fields, access).map(|(field, is_seen)| {
            let visit = visit(input, field, access);
            // It runs in the `Drop` if a part holds something again, and may use the parts.
            let before = input.options.before.as_ref();
            let before = before.filter(|before| before.unsafety.is_some());
            let runs_before = before.map(|_| quote!(true));
            match runs_before.or(is_seen) {
                None => visit,
                Some(is_seen) => quote!((__visit.leaves(|| #is_seen) || #visit)),
            }
        });
        arm_of_parts(fields, quote!(#(#visits)&&*))
    };
    each_group(input, &arm, &quote!(true))
}

fn arm_of_parts<'a>(fields: &'a [Field<'a>], body: TokenStream) -> Option<Arm<'a>> {
    (!body.is_empty()).then_some(Arm { bound: bound(fields, &is_part), body })
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

/// Returns the parts among these fields. Rust would drop what is declared before a part first. So the part is left to
/// Rust if the drop of that can be seen, which is the question beside it.
fn parts<'a>(
    input: &'a Input<'_>,
    fields: &'a [Field<'a>],
    access: Access<'a>,
) -> impl Iterator<Item = (&'a Field<'a>, Option<TokenStream>)> {
    fields.iter().enumerate().filter(|(_, field)| is_part(field)).map(move |(at, field)| {
        let before: Vec<_> =
            fields[..at].iter().filter_map(|field| is_drop_seen(input, field, access)).collect();
        (field, (!before.is_empty()).then(|| quote!(#(#before)||*)))
    })
}

/// Writes the question whether the drop of this field can be seen after its release, unless it cannot. A part that is a
/// container is empty then.
fn is_drop_seen(input: &Input<'_>, field: &Field<'_>, access: Access<'_>) -> Option<TokenStream> {
    let ty = field.self_type();
    match &field.role {
        Role::Part(_) => {
            let part = input.runtime.private("Part");
            let question = on_type(field, part, "is_drop_seen", access.shared(field));
            Some(question.into_token_stream())
        }
        Role::Unmanaged(options) if is_empty_slot_plain(field.ty(), options) => None,
        _ => {
            let is_drop_seen = input.runtime.private("is_drop_seen");
            Some(quote!(#is_drop_seen::<#ty>()))
        }
    }
}

/// Returns `true` if the type's name says that nothing is dropped with it when it is empty.
fn is_empty_slot_plain(ty: &Type, options: &Unmanaged) -> bool {
    let is_option = only_argument(ty, "Option").is_some() && options.invalid.is_none();
    is_option || is_integer(ty) || is_pointer(ty)
}

/// Returns `true` if the type has parts, which are visited when a chain is dropped.
pub(super) fn has_parts(input: &Input<'_>) -> bool {
    input.kind != Kind::Close && input.fields.iter().any(is_part)
}

pub(super) fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}
