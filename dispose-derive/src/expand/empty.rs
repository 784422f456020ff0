//! The question whether a field, or all of them, hold something.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote};
use syn::Token;

use super::access::{Access, on_type};
use super::elements::Elements;
use super::part::next;
use super::variants::{Arm, bound, each_group};
use crate::attr::Unmanaged;
use crate::input::{Field, Input};
use crate::invalid::Invalid;
use crate::runtime::Runtime;
use crate::tokens::{append, two, written};
use crate::types::{is_integer, is_pointer};

/// Writes the expression that is `true` if all fields are empty.
pub(super) fn is_empty<'a>(input: &'a Input<'a>) -> impl ToTokens + 'a {
    written(|tokens| write_is_empty(input, tokens))
}

fn write_is_empty<'a>(input: &'a Input<'a>, tokens: &mut TokenStream) {
    let runtime = &input.runtime;
    if next(input).is_some() {
        let (owner, is_each) = (input.owner, runtime.private("is_each_disposed"));
        return append(tokens, quote!(#is_each(#owner)));
    }
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let mut body = TokenStream::new();
        are_empty(runtime, fields, access, &mut body);
        let is_asked = !fields.iter().any(Field::is_always);
        tracked(fields, &|field| field.is_tracked() && is_asked, body)
    };
    match each_group(input, &arm, &quote!(true)) {
        Some(matched) => append(tokens, matched),
        None => false.to_tokens(tokens),
    }
}

/// Writes whether all fields of a list's node are empty, but for the `next` one.
pub(super) fn is_node_empty<'a>(input: &'a Input<'a>, next: &'a Field<'a>) -> impl ToTokens + 'a {
    written(|tokens| {
        let asked = |field: &Field<'a>| field.is_tracked() && field.member != next.member;
        let asked = bound(&input.fields, &asked);
        if asked.is_empty() {
            return true.to_tokens(tokens);
        }
        write_all_empty(&input.runtime, &asked, Access::Member, tokens);
    })
}

/// Returns an arm for a variant of which something is tracked.
pub(super) fn tracked<'a>(
    fields: &'a [Field<'a>],
    is_bound: &dyn Fn(&Field<'a>) -> bool,
    body: TokenStream,
) -> Option<Arm<'a>> {
    let bound = bound(fields, is_bound);
    fields.iter().any(Field::is_tracked).then_some(Arm { bound, body })
}

/// Writes whether all these fields are empty. It is `false` without a tracked field, or with an `always` one.
fn are_empty(
    runtime: &Runtime,
    fields: &[Field<'_>],
    access: Access<'_>,
    tokens: &mut TokenStream,
) {
    let tracked = bound(fields, &Field::is_tracked);
    if tracked.is_empty() || tracked.iter().any(|field| field.is_always()) {
        return false.to_tokens(tokens);
    }
    write_all_empty(runtime, &tracked, access, tokens);
}

fn write_all_empty(
    runtime: &Runtime,
    fields: &[&Field<'_>],
    access: Access<'_>,
    tokens: &mut TokenStream,
) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            <Token![&&]>::default().to_tokens(tokens);
        }
        is_field_empty(runtime, field, access).to_tokens(tokens);
    }
}

pub(super) fn is_field_empty<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    access: Access<'a>,
) -> impl ToTokens + 'a {
    let shared = access.shared(field);
    written(move |tokens| {
        let Some(options) = field.unmanaged() else {
            on_type(field, runtime.private("Part"), "is_disposed", shared).to_tokens(tokens);
            return;
        };
        if field.is_always() {
            false.to_tokens(tokens);
            return;
        }
        if options.each.is_some() {
            let elements = Elements { runtime, field, options, access };
            append(tokens, elements.is_released());
        } else if is_number(field, options) {
            access.place(field).to_tokens(tokens);
            <Token![==]>::default().to_tokens(tokens);
            options.invalid.to_tokens(tokens);
        } else if options.invalid.is_none() && is_pointer(field.ty()) {
            access.receiver(field, tokens);
            <Token![.]>::default().to_tokens(tokens);
            tokens.append(Ident::new("is_null", Span::call_site()));
            tokens.append(Group::new(Delimiter::Parenthesis, TokenStream::new()));
        } else {
            is_value_empty(runtime, field, options, shared).to_tokens(tokens);
        }
    })
}

/// Returns `true` if `value`, a reference, is an empty one of the field's type.
pub(super) fn is_value_empty<'a>(
    runtime: &'a Runtime,
    field: &'a Field<'_>,
    options: &'a Unmanaged,
    value: impl ToTokens + Copy + 'a,
) -> impl ToTokens + 'a {
    written(move |tokens| match &options.invalid {
        None => on_type(field, runtime.item("Slot"), "is_empty", value).to_tokens(tokens),
        Some(invalid) => {
            let sentinel = runtime.private("Sentinel");
            on_type(field, sentinel, "is_empty", two(value, invalid.list())).to_tokens(tokens);
        }
    })
}

/// Returns `true` if the field's type has the name of a number, and its empty state is a number. A plain
/// comparison then costs the compiler less than a call of a trait's method. If the type is not the number that
/// its name says, rustc reports it.
pub(super) fn is_number(field: &Field<'_>, options: &Unmanaged) -> bool {
    matches!(options.invalid, Some(Invalid::Number(..)))
        && options.each.is_none()
        && is_integer(field.ty())
}
