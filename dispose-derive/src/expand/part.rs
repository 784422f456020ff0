//! Parts: fields that are disposable themselves.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::access::{Access, on_type};
use super::call::{Pass, has_call, may_panic};
use super::variants::{Arm, bound, each_group};
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
    if let (Pass::Sync, Some(next)) = (pass, next_of(input, field, access)) {
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

/// Returns the place of the next value in each value of a chain, if a pass begins with it.
fn next_of(input: &Input<'_>, field: &Field<'_>, access: Access<'_>) -> Option<TokenStream> {
    let first = input.fields.iter().rfind(|field| field.is_tracked())?;
    let is_next = input.kind != Kind::Close
        && matches!(access, Access::Member)
        && input.options.before.is_none()
        && first.member == field.member
        && contents::is_next(input, field.ty());
    let member = &field.member;
    is_next.then(|| quote!(|__value| &mut __value.#member))
}

/// Drops the parts, all of which are released, in the order in which Rust would.
pub(super) fn detach_parts<'a>(input: &'a Input<'a>) -> Option<TokenStream> {
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let body = detach(input, fields, access)?;
        Some(Arm { bound: bound(fields, &is_part), body })
    };
    each_group(input, &arm, &quote!({}))
}

/// Drops the parts of these fields. Rust would drop an ordinary field that is declared before a part first. So
/// the part is left to Rust, if the drop of that field can be seen.
fn detach(input: &Input<'_>, fields: &[Field<'_>], access: Access<'_>) -> Option<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut before = Vec::new();
    for field in fields {
        if is_part(field) {
            let runtime = &input.runtime;
            let exclusive = access.exclusive(field);
            let call = match next_of(input, field, access) {
                Some(next) => quote!(#runtime::__private::detach_next(#exclusive, #next)),
                None => {
                    on_type(field, runtime.private("Part"), "detach", exclusive).into_token_stream()
                }
            };
            append(
                &mut tokens,
                if before.is_empty() {
                    quote!(#call;)
                } else {
                    quote!(if !(#(#runtime::__private::is_drop_seen::<#before>())||*) { #call; })
                },
            );
        } else if !field.is_tracked() {
            before.push(field.self_type().into_token_stream());
        }
    }
    (!tokens.is_empty()).then_some(tokens)
}

fn is_part(field: &Field<'_>) -> bool {
    matches!(field.role, Role::Part(_))
}
