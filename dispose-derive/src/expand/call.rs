//! A call of the user's function or closure, each token at the place where rustc is to report an error.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};
use syn::Token;

use crate::attr::{Unmanaged, UserFn};
use crate::callee::Callee;
use crate::closure::{Closure, Inlined};
use crate::names::{mention, rename};
use crate::runtime::Runtime;
use crate::tokens::{append, group, here, is_one_of, written};

/// The two ways to dispose of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Sync,
    Async,
}

/// The function or closure that one pass calls to release a value.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    release: &'a UserFn,
    pub(super) check: Checked<'a>,
    awaited: bool,
}

/// The name of `self` in a closure that moves it.
const OWNER: &str = "__self";

/// The treatment of the status that a release returns.
#[derive(Clone, Copy)]
pub(super) enum Checked<'a> {
    /// It is the outcome.
    Not,
    By(&'a Callee),
    /// The status of `release`, beside a `drop` whose status goes through the same check.
    WithFallback(&'a Callee),
    /// The status of `drop`, unless it is `()`.
    AsFallback(&'a Callee),
    /// The outcome of `drop`.
    Dropped,
}

/// The argument of the release.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// `__value`.
    Whole,
    /// The value that the closure's parameter is bound to already.
    Bound,
    /// `__copy`, where the value may have to go back.
    Copy,
}

impl<'a> Call<'a> {
    /// Returns `None` where there is only an asynchronous release, and this is not its pass.
    pub(super) fn of(options: &'a Unmanaged, pass: Pass) -> Option<Self> {
        let awaited = match pass {
            Pass::Async => options.release_async.as_ref(),
            Pass::Sync => None,
        };
        let release = awaited.or(options.release.as_ref())?;
        let check = match (&options.check, &options.drop) {
            (None, _) => Checked::Not,
            (Some(check), None) => Checked::By(check),
            (Some(check), Some(_)) => Checked::WithFallback(check),
        };
        Some(Self { release, check, awaited: awaited.is_some() })
    }

    /// Returns the call that a `Drop` makes instead.
    pub(super) fn fallback(options: &'a Unmanaged) -> Option<Self> {
        let check = options.check.as_ref().map_or(Checked::Dropped, Checked::AsFallback);
        Some(Self { release: options.drop.as_ref()?, check, awaited: false })
    }

    /// Returns how the closure's body stands in the expansion by itself, if it does.
    fn inlined(self) -> Option<&'a Inlined> {
        self.release.callee.closure()?.inlined.as_ref().filter(|_| !self.awaited)
    }

    /// Returns the parameter if the body may follow a plain `let` of it in the step's block. Such a body sees
    /// no name of the expansion or of a check, and leaves nothing to drop.
    pub(super) fn parameter(self) -> Option<&'a Ident> {
        let inlined = self.inlined().filter(|of| of.is_plain && matches!(self.check, Checked::Not));
        inlined.map(|of| &of.parameter)
    }

    pub(super) fn check(self) -> Option<&'a Callee> {
        match self.check {
            Checked::Not | Checked::Dropped => None,
            Checked::By(check) | Checked::WithFallback(check) | Checked::AsFallback(check) => {
                Some(check)
            }
        }
    }

    /// Returns `true` if it may return `!`, as far as the tokens show.
    pub(super) fn may_diverge(self) -> bool {
        self.check().is_none() && !self.has_closure()
    }

    /// Returns `true` if a closure stands in the expansion as such.
    pub(super) fn has_closure(self) -> bool {
        let release = self.release.callee.closure().is_some() && self.inlined().is_none();
        release || self.check().is_some_and(|check| check.closure().is_some())
    }

    /// Returns the first and the last token of the expression that is the outcome.
    pub(super) fn extent(self) -> (Span, Span) {
        let callee = self.check().unwrap_or(&self.release.callee);
        (callee.first(), callee.last())
    }

    /// Returns the closures in which `self` or a sibling may be named.
    pub(super) fn closures(self) -> Vec<&'a Closure> {
        let mut closures = Vec::new();
        closures.extend(self.release.callee.closure());
        closures.extend(self.check().and_then(Callee::closure));
        closures
    }

    /// Writes the release of `value`, awaited, with its status checked.
    pub(super) fn outcome<'b>(&'b self, runtime: &'b Runtime, value: Value) -> impl ToTokens + 'b {
        let released = written(move |tokens| self.released(runtime, value, tokens));
        written(move |tokens| match self.check {
            Checked::Not => released.to_tokens(tokens),
            Checked::Dropped => {
                let (first, last) =
                    (here(self.release.callee.first()), here(self.release.callee.last()));
                let runtime = runtime.at(first);
                append(tokens, quote_spanned!(first=> #runtime::__private::dropped));
                tokens.append(group(Delimiter::Parenthesis, released.to_token_stream(), last));
            }
            Checked::By(check) => call(runtime, check, &released, tokens),
            Checked::WithFallback(check) => {
                call(runtime, check, &quote!(__returned.of(#released)), tokens);
            }
            Checked::AsFallback(check) => {
                let check = argument(runtime, check);
                append(tokens, quote!(__returned.fallback(#released)));
                // At the release, where rustc says that it returns something else.
                let span = here(self.release.callee.last());
                append(tokens, quote_spanned!(span=> .checked));
                tokens.append(group(Delimiter::Parenthesis, check.to_token_stream(), span));
            }
        })
    }

    /// Writes the outcome, passed through `record`. The `unsafe` of a path encloses both, if nothing else is in it.
    /// rustc then reports an outcome of a wrong type at the function, not at the `unsafe`.
    pub(super) fn write_recorded(
        &self,
        runtime: &Runtime,
        value: Value,
        record: &dyn Fn(&dyn ToTokens, &mut TokenStream),
        tokens: &mut TokenStream,
    ) {
        let UserFn { unsafety, callee, .. } = self.release;
        match (callee, unsafety, self.check) {
            (Callee::Path(_), Some(unsafety), Checked::Not) if !self.awaited => {
                let value = self.argument(value);
                let called = written(|tokens| call(runtime, callee, &value, tokens));
                unsafe_block(written(|tokens| record(&called, tokens)), unsafety, tokens);
            }
            _ => record(&self.outcome(runtime, value), tokens),
        }
    }

    fn released(&self, runtime: &Runtime, value: Value, tokens: &mut TokenStream) {
        let UserFn { key, unsafety, callee } = self.release;
        let is_bound = matches!(value, Value::Bound);
        let value = self.argument(value);
        let called = written(|tokens| match (callee, self.inlined()) {
            (Callee::Closure(closure), Some(Inlined { parameter: name, .. })) => {
                let body = written(|tokens| match unsafety {
                    Some(unsafety) => unsafe_block(&closure.body, unsafety, tokens),
                    None => closure.body.to_tokens(tokens),
                });
                if is_bound {
                    body.to_tokens(tokens);
                } else {
                    // As in a closure, the borrows of the body end before its parameter.
                    matched(callee, &value, name, &body, tokens);
                }
            }
            (Callee::Closure(closure), None) if self.borrows_self() => {
                let closure = closure.as_async();
                let closure = closure.map(|of| closure_tokens(runtime, &of, unsafety.as_ref()));
                call_closure(runtime, callee, &closure.unwrap_or_default(), &value, tokens);
            }
            (Callee::Closure(closure), None) if self.moves_self() => {
                let closure = closure_tokens(runtime, closure, unsafety.as_ref());
                let closure = rename(&closure, "self", OWNER);
                call_closure(runtime, callee, &closure, &value, tokens);
            }
            _ => call_release(runtime, self.release, &value, tokens),
        });
        if !self.awaited {
            // rustc then reports an outcome of a wrong type at the function, not at its `unsafe`.
            match (callee, unsafety, self.check) {
                (Callee::Path(_), Some(_), Checked::Not | Checked::Dropped) => {
                    let status = Ident::new("__status", here(callee.first()));
                    matched(callee, &called, &status, &status, tokens);
                }
                _ => called.to_tokens(tokens),
            }
            return;
        }
        // An unsafe block in front would end the expression.
        if unsafety.is_some() {
            tokens.append(group(
                Delimiter::Parenthesis,
                called.to_token_stream(),
                Span::call_site(),
            ));
        } else {
            called.to_tokens(tokens);
        }
        // At the place where rustc reports that it is not a future.
        let span = here(match callee {
            Callee::Path(_) => key.span(),
            Callee::Closure(_) => callee.last(),
        });
        append(tokens, quote_spanned!(span=> .await));
    }

    /// Returns the argument.
    fn argument(&self, value: Value) -> Ident {
        let name = match value {
            Value::Whole | Value::Bound => "__value",
            Value::Copy => "__copy",
        };
        Ident::new(name, argument_place(self.release))
    }

    /// Returns `true` if the closure's future would move `self`, which is needed again.
    fn moves_self(&self) -> bool {
        self.names_self() && !self.borrows_self()
    }

    /// Returns `true` if the block is the whole body: an `async` closure is the same and borrows `self`.
    fn borrows_self(&self) -> bool {
        self.names_self() && self.release.callee.closure().and_then(Closure::as_async).is_some()
    }

    /// Returns `true` if a closure that only returns a future names `self`.
    fn names_self(&self) -> bool {
        let closure = self.release.callee.closure().filter(|_| self.awaited);
        closure.is_some_and(|closure| {
            closure.asynchrony.is_none() && mention(&closure.body, "self").is_some()
        })
    }

    /// Writes the name under which such a closure receives `self`.
    pub(super) fn reborrow(&self, owner: &Token![self]) -> Option<TokenStream> {
        let name = Ident::new(OWNER, owner.span);
        self.moves_self().then(|| quote!(let #name = &mut *#owner;))
    }
}

/// Writes `F(value)`, underlined as `F` where its type is wrong.
pub(super) fn call(
    runtime: &Runtime,
    callee: &Callee,
    value: &dyn ToTokens,
    tokens: &mut TokenStream,
) {
    match callee {
        Callee::Path(path) => {
            path.to_tokens(tokens);
            tokens.append(group(
                Delimiter::Parenthesis,
                value.to_token_stream(),
                here(callee.last()),
            ));
        }
        Callee::Closure(closure) => {
            call_closure(runtime, callee, &closure_tokens(runtime, closure, None), value, tokens);
        }
    }
}

/// Writes `match value { name => body }`, at the place of the user's function or closure.
fn matched(
    callee: &Callee,
    value: &dyn ToTokens,
    name: &Ident,
    body: &dyn ToTokens,
    tokens: &mut TokenStream,
) {
    let (first, last) = (here(callee.first()), here(callee.last()));
    append(tokens, quote_spanned!(first=> match #value));
    tokens.append(group(Delimiter::Brace, quote_spanned!(first=> #name => #body), last));
}

/// Writes `F(value)`, in the user's `unsafe` if there is one.
pub(super) fn call_release(
    runtime: &Runtime,
    UserFn { unsafety, callee, .. }: &UserFn,
    value: &dyn ToTokens,
    tokens: &mut TokenStream,
) {
    match (callee, unsafety) {
        (Callee::Path(_), Some(unsafety)) => {
            let call = written(|tokens| call(runtime, callee, value, tokens));
            unsafe_block(call, unsafety, tokens);
        }
        (Callee::Path(_), None) => call(runtime, callee, value, tokens),
        (Callee::Closure(closure), unsafety) => {
            let closure = closure_tokens(runtime, closure, unsafety.as_ref());
            call_closure(runtime, callee, &closure, value, tokens);
        }
    }
}

/// Returns the place of the argument, where rustc reports a wrong type: a path's key or a closure's first token.
/// What is at a path itself is one of its targets to an editor.
pub(super) fn argument_place(UserFn { key, callee, .. }: &UserFn) -> Span {
    here(match callee {
        Callee::Path(_) => key.span(),
        Callee::Closure(_) => callee.first(),
    })
}

/// Writes `F` as an argument that takes its parameter's type from where it stands.
pub(super) fn argument<'a>(runtime: &'a Runtime, callee: &'a Callee) -> impl ToTokens + 'a {
    written(move |tokens| match callee {
        Callee::Path(path) => path.to_tokens(tokens),
        Callee::Closure(closure) => {
            let closure = closure_tokens(runtime, closure, None);
            append(tokens, quote!(#runtime::__private::expression!(#closure)));
        }
    })
}

/// Writes a call of a function that calls the closure, so that its parameter has a type before rustc checks
/// the body.
fn call_closure(
    runtime: &Runtime,
    callee: &Callee,
    closure: &TokenStream,
    value: &dyn ToTokens,
    tokens: &mut TokenStream,
) {
    let arguments = quote!(#value, #runtime::__private::expression!(#closure));
    // All of it at the closure, which rustc then underlines.
    let (first, last) = (here(callee.first()), here(callee.last()));
    let runtime = runtime.at(first);
    let call =
        if callee.closure().is_some_and(Closure::diverges) { "call_diverging" } else { "call" };
    let call = Ident::new(call, first);
    append(tokens, quote_spanned!(first=> #runtime::__private::#call));
    tokens.append(group(Delimiter::Parenthesis, arguments, last));
}

/// Returns the user's closure. The keyword and the braces of an unsafe body stand where the user's `unsafe`
/// does, so that lints and reviewers find them there.
fn closure_tokens(
    runtime: &Runtime,
    closure: &Closure,
    unsafety: Option<&Token![unsafe]>,
) -> TokenStream {
    let Closure { asynchrony, parameters, output, body, .. } = closure;
    let Some(unsafety) = unsafety else { return quote!(#asynchrony #parameters #output #body) };
    // The block takes the place of the user's own, if there is one.
    let mut block = TokenStream::new();
    match without_braces(body) {
        Some(inside) => unsafe_block(inside, unsafety, &mut block),
        // What begins with a block would be a statement, and end behind it.
        None if begins_with_block(body) => {
            let body = quote!(#runtime::__private::expression!(#body));
            unsafe_block(body, unsafety, &mut block);
        }
        None => unsafe_block(body, unsafety, &mut block),
    }
    // What follows a `->` must be a block.
    let body = if output.is_some() { quote!({ #block }) } else { block };
    quote!(#asynchrony #parameters #output #body)
}

/// Writes `unsafe { … }` where the user's `unsafe` stands.
pub(super) fn unsafe_block(
    inside: impl ToTokens,
    unsafety: &Token![unsafe],
    tokens: &mut TokenStream,
) {
    unsafety.to_tokens(tokens);
    tokens.append(group(Delimiter::Brace, inside.into_token_stream(), unsafety.span));
}

fn without_braces(body: &TokenStream) -> Option<TokenStream> {
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(block)), None) if block.delimiter() == Delimiter::Brace => {
            Some(block.stream())
        }
        _ => None,
    }
}

fn begins_with_block(body: &TokenStream) -> bool {
    match body.clone().into_iter().next() {
        Some(TokenTree::Group(block)) => block.delimiter() == Delimiter::Brace,
        Some(TokenTree::Ident(word)) => {
            is_one_of(&word, &["if", "match", "unsafe", "loop", "while", "for", "const", "async"])
        }
        // A label.
        Some(TokenTree::Punct(quote)) => quote.as_char() == '\'',
        _ => false,
    }
}

/// Returns `true` if the question for an `invalid` value is more than a comparison of literals.
pub(super) fn may_panic(options: &Unmanaged) -> bool {
    options.invalid.as_ref().is_some_and(|invalid| !invalid.is_literal())
}

/// Returns `true` if a call that a pass may make for a field has the property.
pub(super) fn has_call<'a>(
    options: &'a Unmanaged,
    pass: Pass,
    is: &dyn Fn(Call<'a>) -> bool,
) -> bool {
    Call::of(options, pass).is_some_and(is) || Call::fallback(options).is_some_and(is)
}
