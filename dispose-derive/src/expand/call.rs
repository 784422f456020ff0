//! A call of the user's function or closure, each token at the place where rustc is to complain.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::attr::{Release, Unmanaged};
use crate::value::{Callee, Closure};

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
pub(super) enum Value<'a> {
    /// `__value`.
    Whole,
    /// A copy of it: an error about that points at the word `keep`.
    Copy(&'a Ident),
    Of(TokenStream),
}

impl Value<'_> {
    /// At the place of the release, where rustc says that the function wants another type.
    fn tokens(self, runtime: &Path, release: &Callee) -> TokenStream {
        match self {
            Self::Whole => Ident::new("__value", ends(release).0).into_token_stream(),
            Self::Copy(keep) => {
                let span = Span::call_site().located_at(keep.span());
                quote_spanned!(span=> #runtime::__private::Keep::keep(&__value))
            }
            Self::Of(value) => value,
        }
    }
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
    pub(super) fn outcome(&self, runtime: &Path, value: Value<'_>) -> TokenStream {
        let Release { unsafety, callee, .. } = self.release;
        let value = &value.tokens(runtime, callee);
        let mut released = match callee {
            Callee::Path(_) => {
                let call = call(runtime, callee, value);
                match unsafety {
                    Some(unsafety) => {
                        let block = braced(call, unsafety.span);
                        quote!(#unsafety #block)
                    }
                    None => call,
                }
            }
            Callee::Closure(closure) => {
                let mut closure = closure_tokens(closure, unsafety.as_ref());
                if self.moves_self() {
                    closure = rename_self(closure);
                }
                call_closure(runtime, callee, &closure, value)
            }
        };
        if self.awaited {
            // At the release, where rustc says that it is no future.
            let span = ends(callee).1;
            let awaited: TokenStream = quote_spanned!(span=> .await);
            // An unsafe block in front would end the expression.
            released = if unsafety.is_some() {
                quote!((#released)#awaited)
            } else {
                quote!(#released #awaited)
            };
        }
        match self.check {
            Some(check) => call(runtime, check, &released),
            None => released,
        }
    }

    /// `async move` blocks in a closure take what they name, and `self` is needed again.
    fn moves_self(&self) -> bool {
        let closure = self.release.callee.closure();
        self.awaited
            && closure.is_some_and(|closure| closure.asynchrony.is_none() && names_self(closure))
    }

    /// The name under which such a closure is handed `self`.
    pub(super) fn reborrow(&self) -> TokenStream {
        if self.moves_self() { quote!(let __self = &mut *self;) } else { TokenStream::new() }
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

/// `F(value)`, underlined as `F` where its type is wrong.
pub(super) fn call(runtime: &Path, callee: &Callee, value: &TokenStream) -> TokenStream {
    match callee {
        Callee::Path(path) => {
            let mut arguments = Group::new(Delimiter::Parenthesis, value.clone());
            arguments.set_span(ends(callee).1);
            quote!(#path #arguments)
        }
        Callee::Closure(closure) => {
            call_closure(runtime, callee, &closure_tokens(closure, None), value)
        }
    }
}

/// A function that calls the closure, so that the parameter has a type before the body is looked at.
fn call_closure(
    runtime: &Path,
    callee: &Callee,
    closure: &TokenStream,
    value: &TokenStream,
) -> TokenStream {
    let (first, last) = ends(callee);
    let arguments = quote!(#value, #runtime::__private::expression!(#closure));
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    let mut function = runtime.clone();
    // All of it at the closure, where rustc is to underline.
    if let Some(colons) = &mut function.leading_colon {
        colons.spans = [first; 2];
    }
    for segment in &mut function.segments {
        segment.ident.set_span(first);
    }
    quote_spanned!(first=> #function::__private::call #arguments)
}

/// The places of the first and the last token, for code that belongs to the expansion.
fn ends(callee: &Callee) -> (Span, Span) {
    let (first, last) = extent(callee);
    let here = |span| Span::call_site().located_at(span);
    (here(first), here(last))
}

/// The spans of the first and the last token.
pub(super) fn extent(tokens: &impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.to_token_stream().into_iter().map(|token| token.span());
    let first = tokens.next().unwrap_or_else(Span::call_site);
    (first, tokens.last().unwrap_or(first))
}

/// The user's closure; the keyword and the braces of an unsafe body stand where the user's `unsafe`
/// does, so that lints and reviewers find them there.
fn closure_tokens(closure: &Closure, unsafety: Option<&syn::Token![unsafe]>) -> TokenStream {
    let Closure { asynchrony, parameters, output, body, .. } = closure;
    let Some(unsafety) = unsafety else { return quote!(#asynchrony #parameters #output #body) };
    // The block takes the place of the user's own, if there is one.
    let block = braced(without_braces(body), unsafety.span);
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

fn braced(tokens: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(span);
    TokenTree::Group(group)
}
