//! A call of the user's function or closure, each token at the place where rustc is to complain.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::attr::{Release, Unmanaged};
use crate::value::{Callee, Closure};

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

/// The release of `value`, with its status checked.
pub(super) fn outcome(runtime: &Path, options: &Unmanaged, value: Value<'_>) -> TokenStream {
    let Some(Release { unsafety, callee }) = &options.release else { return TokenStream::new() };
    let value = &value.tokens(runtime, callee);
    let released = match callee {
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
            let closure = closure_tokens(closure, unsafety.as_ref());
            call_closure(runtime, callee, &closure, value)
        }
    };
    match &options.check {
        Some(check) => call(runtime, check, &released),
        None => released,
    }
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
    let function: TokenStream = quote!(#runtime::__private::call)
        .into_iter()
        .map(|mut token| {
            token.set_span(first);
            token
        })
        .collect();
    let closure = quote!(#runtime::__private::expression!(#closure));
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#value, #closure));
    arguments.set_span(last);
    quote!(#function #arguments)
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
    let Closure { parameters, output, body, .. } = closure;
    let Some(unsafety) = unsafety else { return quote!(#parameters #output #body) };
    // The block takes the place of the user's own, if there is one.
    let block = braced(without_braces(body), unsafety.span);
    let body = quote!(#unsafety #block);
    // What follows a `->` must be a block.
    let body = if output.is_some() { quote!({ #body }) } else { body };
    quote!(#parameters #output #body)
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
