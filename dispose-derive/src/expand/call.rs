//! A call of the user's function or closure, each token at the place where rustc is to complain.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};

use crate::attr::{Release, Unmanaged};
use crate::input::{Runtime, extent};
use crate::value::{Callee, Closure};
use crate::written::written;

/// The two ways to dispose of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Sync,
    Async,
}

/// What one pass calls to release a value.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    release: &'a Release,
    pub(super) check: Option<&'a Callee>,
    awaited: bool,
}

/// What the release is called with.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// `__value`.
    Whole,
    /// A copy of it: an error about that points at the word `keep`.
    Copy(&'a Ident),
    Of(&'a TokenStream),
}

impl<'a> Call<'a> {
    /// `None` where there is only an asynchronous release, and this is not its pass.
    pub(super) fn of(options: &'a Unmanaged, pass: Pass) -> Option<Self> {
        let awaited = match pass {
            Pass::Async => options.release_async.as_ref(),
            Pass::Sync => None,
        };
        let release = awaited.or(options.release.as_ref())?;
        Some(Self { release, check: options.check.as_ref(), awaited: awaited.is_some() })
    }

    pub(super) fn callees(self) -> impl Iterator<Item = &'a Callee> {
        [&self.release.callee].into_iter().chain(self.check)
    }

    /// The release of `value`, awaited, with its status checked.
    pub(super) fn outcome<'b>(
        &'b self,
        runtime: &'b Runtime,
        value: Value<'b>,
    ) -> impl ToTokens + 'b {
        let released = written(move |tokens| self.released(runtime, value, tokens));
        written(move |tokens| match self.check {
            Some(check) => call(runtime, check, ends(check), &released, tokens),
            None => released.to_tokens(tokens),
        })
    }

    fn released(&self, runtime: &Runtime, value: Value<'_>, tokens: &mut TokenStream) {
        let Release { unsafety, callee, .. } = self.release;
        let ends = ends(callee);
        let value = written(|tokens| match value {
            // At the place of the release, where rustc says that the function wants another type.
            Value::Whole => tokens.append(Ident::new("__value", ends.0)),
            Value::Copy(keep) => {
                let span = Span::call_site().located_at(keep.span());
                tokens.extend([quote_spanned!(span=> #runtime::__private::Keep::keep(&__value))]);
            }
            Value::Of(value) => value.to_tokens(tokens),
        });
        let called = written(|tokens| match (callee, unsafety) {
            (Callee::Path(_), Some(unsafety)) => {
                let call = written(|tokens| call(runtime, callee, ends, &value, tokens));
                unsafety.to_tokens(tokens);
                tokens.append(group(Delimiter::Brace, call, unsafety.span));
            }
            (Callee::Path(_), None) => call(runtime, callee, ends, &value, tokens),
            (Callee::Closure(closure), unsafety) => {
                let mut closure = closure_tokens(closure, unsafety.as_ref());
                if self.moves_self() {
                    closure = rename_self(closure);
                }
                call_closure(runtime, &closure, ends, &value, tokens);
            }
        });
        if !self.awaited {
            called.to_tokens(tokens);
            return;
        }
        // An unsafe block in front would end the expression.
        if unsafety.is_some() {
            tokens.append(group(Delimiter::Parenthesis, called, Span::call_site()));
        } else {
            called.to_tokens(tokens);
        }
        // At the release, where rustc says that it is no future.
        let span = ends.1;
        tokens.extend([quote_spanned!(span=> .await)]);
    }

    /// `async move` blocks in a closure take what they name, and `self` is needed again.
    fn moves_self(&self) -> bool {
        let closure = self.release.callee.closure();
        self.awaited
            && closure.is_some_and(|closure| closure.asynchrony.is_none() && names_self(closure))
    }

    /// The name under which such a closure is handed `self`.
    pub(super) fn reborrow(&self) -> Option<TokenStream> {
        self.moves_self().then(|| quote!(let __self = &mut *self;))
    }
}

fn names_self(closure: &Closure) -> bool {
    fn names(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => names(group.stream()),
            TokenTree::Ident(ident) => ident == "self",
            _ => false,
        })
    }
    names(closure.body.clone())
}

fn rename_self(tokens: TokenStream) -> TokenStream {
    let rename = |token| match token {
        TokenTree::Ident(ident) if ident == "self" => {
            TokenTree::Ident(Ident::new("__self", Span::call_site().located_at(ident.span())))
        }
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), rename_self(group.stream()));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        token => token,
    };
    tokens.into_iter().map(rename).collect()
}

/// `F(value)`, underlined as `F`, which is between `ends`, where its type is wrong.
pub(super) fn call(
    runtime: &Runtime,
    callee: &Callee,
    ends: (Span, Span),
    value: &impl ToTokens,
    tokens: &mut TokenStream,
) {
    match callee {
        Callee::Path(path) => {
            path.to_tokens(tokens);
            tokens.append(group(Delimiter::Parenthesis, value, ends.1));
        }
        Callee::Closure(closure) => {
            call_closure(runtime, &closure_tokens(closure, None), ends, value, tokens);
        }
    }
}

/// A function that calls the closure, so that the parameter has a type before the body is looked at.
fn call_closure(
    runtime: &Runtime,
    closure: &TokenStream,
    (first, last): (Span, Span),
    value: &impl ToTokens,
    tokens: &mut TokenStream,
) {
    let arguments = quote!(#value, #runtime::__private::expression!(#closure));
    // All of it at the closure, where rustc is to underline.
    let runtime = runtime.at(first);
    tokens.extend([quote_spanned!(first=> #runtime::__private::call)]);
    tokens.append(group(Delimiter::Parenthesis, arguments, last));
}

/// The places of the first and the last token, for code that belongs to the expansion.
pub(super) fn ends(callee: &Callee) -> (Span, Span) {
    let (first, last) = extent(callee);
    let here = |span| Span::call_site().located_at(span);
    (here(first), here(last))
}

/// The user's closure; the keyword and the braces of an unsafe body stand where the user's `unsafe`
/// does, so that lints and reviewers find them there.
fn closure_tokens(closure: &Closure, unsafety: Option<&syn::Token![unsafe]>) -> TokenStream {
    let Closure { asynchrony, parameters, output, body, .. } = closure;
    let Some(unsafety) = unsafety else { return quote!(#asynchrony #parameters #output #body) };
    // The block takes the place of the user's own, if there is one.
    let block = group(Delimiter::Brace, without_braces(body), unsafety.span);
    let body = quote!(#unsafety #block);
    // What follows a `->` must be a block.
    let body = if output.is_some() { quote!({ #body }) } else { body };
    quote!(#asynchrony #parameters #output #body)
}

fn without_braces(body: &TokenStream) -> TokenStream {
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(block)), None) if block.delimiter() == Delimiter::Brace => {
            block.stream()
        }
        _ => body.clone(),
    }
}

/// Tokens in parentheses or braces that stand at `span`.
pub(super) fn group(delimiter: Delimiter, tokens: impl ToTokens, span: Span) -> Group {
    let mut group = Group::new(delimiter, tokens.into_token_stream());
    group.set_span(span);
    group
}
