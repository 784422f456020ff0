//! Parts: fields that are disposable themselves.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::access::{Access, on_type};
use super::call::{Pass, has_call, may_panic};
use crate::attr::{Part, Role, Unmanaged};
use crate::contents;
use crate::input::{Field, Input, Kind};
use crate::tokens::Extent as _;

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

/// Returns the field with the next node, if the values are a list.
pub(super) fn next<'a>(input: &'a Input<'a>) -> Option<&'a Field<'a>> {
    let may_be_list =
        input.kind != Kind::Close && input.is_struct() && input.options.before.is_none();
    let is_next = |field: &&Field<'_>| is_part(field) && contents::is_next(input, field.ty());
    input.fields.iter().filter(|_| may_be_list).rfind(is_next)
}

/// Returns the place of the next node in each, if this is that field and a pass begins with it.
fn next_of(input: &Input<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let first = input.fields.iter().rfind(|field| field.is_tracked())?;
    let next = next(input)?;
    let member = &next.member;
    (*member == field.member && *member == first.member)
        .then(|| quote!(|__value| &mut __value.#member))
}

/// Writes the question whether Rust drops anything before the next node that may be noticed.
pub(super) fn is_drop_seen_before(input: &Input<'_>, next: &Field<'_>) -> TokenStream {
    let before = input.fields.iter().take_while(|field| field.member != next.member);
    let questions: Vec<_> = before.map(|field| is_drop_seen(input, field)).collect();
    if questions.is_empty() { quote!(false) } else { quote!(#(#questions)||*) }
}

/// Asks whether the drop of a field may be seen that holds nothing.
fn is_drop_seen(input: &Input<'_>, field: &Field<'_>) -> TokenStream {
    let is_slot = |options: &Unmanaged| options.invalid.is_none() && options.each.is_none();
    let is_slot = field.unmanaged().is_some_and(is_slot);
    let name = if is_slot { "is_drop_of_empty_seen" } else { "is_drop_seen" };
    let (is_seen, ty) = (input.runtime.private(name), field.self_type());
    quote!(#is_seen::<#ty>())
}

fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}
