//! The pass over the fields: each is emptied, then its release runs on what was in it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::access::{Access, held, token};
use super::call::{Call, Pass, call_release, has_call, may_panic};
use super::empty::tracked;
use super::part::nest;
use super::step::{Step, is_named_in, only_async};
use super::variants::each_group;
use super::{allow_diverging, allow_unreachable, allowed_in, inherent};
use crate::attr::{Role, UserFn};
use crate::callee::Callee;
use crate::input::{Field, Input, Kind};
use crate::tokens::{Extent as _, append, here, written};

/// Writes the body of `release_all(&mut self, __failures)`, or of `release_all_async`.
pub(super) fn release_all<'a>(input: &'a Input<'a>, pass: Pass) -> impl ToTokens + 'a {
    written(move |tokens| {
        if input.kind != Kind::Close && counts(input, pass) {
            let runtime = &input.runtime;
            append(tokens, quote!(#runtime::__private::begin_pass::<Self>(__failures);));
        }
        if let Some(before) = &input.options.before {
            append(tokens, run_before(input, before));
        }
        release_fields(input, pass, tokens);
    })
}

/// Returns `true` if a step is counted, so that the pass after a panic can skip it.
fn counts(input: &Input<'_>, pass: Pass) -> bool {
    input.options.before.is_some()
        || input.fields.iter().any(|field| match &field.role {
            Role::Part(part) => pass == Pass::Sync || part.asynchrony.is_none(),
            Role::Unmanaged(options) => {
                Call::of(options, pass).is_none()
                    || options.keep.is_some()
                    || (options.each.is_none() && may_panic(options))
            }
            _ => false,
        })
}

fn run_before(input: &Input<'_>, before: &UserFn) -> TokenStream {
    let (runtime, owner) = (&input.runtime, input.owner);
    // A function's parameter has a type, so `self` is borrowed; a closure's would take it.
    let value = match before.callee {
        Callee::Path(_) => quote!(#owner),
        Callee::Closure(_) => quote!(&mut *#owner),
    };
    let outcome = written(|tokens| call_release(runtime, before, &value, tokens));
    let held = input.fields.iter().any(Field::is_tracked).then(|| {
        if input.kind == Kind::Close {
            quote!(&& !#runtime::__private::ByValue::is_released(#owner))
        } else {
            quote!(&& !#runtime::Dispose::is_disposed(#owner))
        }
    });
    let unless_out = input.moves_out().then(|| {
        let token = token(Span::call_site());
        quote!(&& !#token.is_out(0))
    });
    let allow = before.callee.closure().map(|_| allow_diverging());
    quote! {
        if #runtime::__private::begin_step(__failures) #unless_out #held {
            #allow
            __failures.record("before", #outcome);
        }
    }
}

fn release_fields<'a>(input: &'a Input<'a>, pass: Pass, tokens: &mut TokenStream) {
    let beside_closures = has_closures(input, pass);
    let arm = |fields: &'a [Field<'a>], access: Access<'a>| {
        let mut body = TokenStream::new();
        steps(input, fields, access, pass, beside_closures, &mut body);
        tracked(fields, &|field| field.is_tracked() || is_named_in(field, fields, pass), body)
    };
    each_group(input, &arm, &quote!({})).to_tokens(tokens);
}

/// Returns the `allow` for a release that may return `!`, behind which the recording is unreachable. The lints of
/// a user's closure stay alive, so beside closures each statement has its own.
pub(super) fn unreachable(input: &Input<'_>, pass: Pass) -> Option<TokenStream> {
    let diverges =
        input.unmanaged().any(|(_, options)| has_call(options, pass, &Call::may_diverge));
    (diverges && !has_closures(input, pass)).then(allow_unreachable)
}

fn has_closures(input: &Input<'_>, pass: Pass) -> bool {
    input.unmanaged().any(|(_, options)| has_call(options, pass, &Call::has_closure))
        || input.options.before.as_ref().is_some_and(|before| before.callee.closure().is_some())
}

fn steps(
    input: &Input<'_>,
    fields: &[Field<'_>],
    access: Access<'_>,
    pass: Pass,
    beside_closures: bool,
    tokens: &mut TokenStream,
) {
    let runtime = &input.runtime;
    let own = inherent::own(input).filter(|_| pass == Pass::Sync);
    let moved_out = fields.iter().filter(|field| field.is_moved_out()).count();
    // The number of the next one that is moved out.
    let mut next = 0;
    let mut fields = fields.iter().filter(|field| field.is_tracked()).rev().peekable();
    while let Some(field) = fields.next() {
        let index = next;
        if field.is_moved_out() {
            next += 1;
            append(tokens, hold(field, access, index));
        }
        let next_moved_out = (next < moved_out).then_some(next);
        let step = match &field.role {
            Role::Part(part) => nest(input, field, part, access, pass),
            Role::Unmanaged(options) => match Call::of(options, pass) {
                Some(call) => Step {
                    runtime,
                    field,
                    options,
                    access,
                    call,
                    own,
                    index,
                    next_moved_out,
                    beside_closures,
                }
                .tokens(),
                None => only_async(runtime, field, options, access),
            },
            _ => continue,
        };
        let mut allowed = TokenStream::new();
        allowed_in(&field.original.attrs, &mut allowed);
        append(tokens, if allowed.is_empty() { step } else { quote!(#allowed { #step }) });
        // What may use the fields above stayed, so they stay too.
        if may_stay(input.kind, field, pass) && fields.peek().is_some() {
            append(
                tokens,
                quote! {
                    if #runtime::Failures::is_stopped(__failures) {
                        return;
                    }
                },
            );
        }
    }
}

/// Borrows a moved-out field until the pass ends, so that nothing else reaches it.
fn hold(field: &Field<'_>, access: Access<'_>, index: usize) -> TokenStream {
    let here = here(field.ty().first());
    let (token, held) = (token(here), held(index, here));
    let place = access.place(field);
    quote_spanned!(here=> let mut #held = #token.hold(&mut #place);)
}

/// Returns `true` if a field may hold something still after its step, in an attempt that is not the last.
fn may_stay(kind: Kind, field: &Field<'_>, pass: Pass) -> bool {
    kind != Kind::Close
        && match &field.role {
            Role::Part(_) => true,
            Role::Unmanaged(options) => options.keep.is_some() || Call::of(options, pass).is_none(),
            _ => false,
        }
}
