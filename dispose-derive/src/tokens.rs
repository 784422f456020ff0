//! Tokens: how they are written, and where they stand.
//!
//! A function returns a `TokenStream` made by `quote!` where that is interpolated once or twice in a type. What
//! is written for each field, and most often, is [`written`] where it is interpolated: a stream in between
//! costs several round trips to the compiler, and these are most of what a macro costs.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _};
use syn::Token;

/// Tokens that a function writes.
#[derive(Clone, Copy)]
pub(crate) struct Written<F>(F);

impl<F: Fn(&mut TokenStream)> ToTokens for Written<F> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0(tokens);
    }
}

/// Returns tokens that `write` writes when they are interpolated.
pub(crate) fn written<F: Fn(&mut TokenStream)>(write: F) -> Written<F> {
    Written(write)
}

/// Appends `stream` as a whole. `tokens.extend(stream)` would take it apart into its tokens.
pub(crate) fn append(tokens: &mut TokenStream, stream: TokenStream) {
    tokens.extend(std::iter::once(stream));
}

/// Returns a stream of these tokens.
pub(crate) fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// Writes two arguments.
pub(crate) fn two(first: impl ToTokens, second: impl ToTokens) -> impl ToTokens {
    written(move |tokens| {
        first.to_tokens(tokens);
        <Token![,]>::default().to_tokens(tokens);
        second.to_tokens(tokens);
    })
}

/// Returns tokens in parentheses or braces that stand at `span`.
pub(crate) fn group(delimiter: Delimiter, tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(span);
    group
}

/// Returns a span at the user's place, for code that belongs to the expansion.
pub(crate) fn here(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// Moves all tokens to one place. Each keeps its hygiene.
pub(crate) fn located(tokens: TokenStream, place: Span) -> TokenStream {
    let mut located_tokens = TokenStream::new();
    for mut token in tokens {
        if let TokenTree::Group(group) = &token {
            let inside = located(group.stream(), place);
            token = TokenTree::Group(Group::new(group.delimiter(), inside));
        }
        token.set_span(token.span().located_at(place));
        located_tokens.append(token);
    }
    located_tokens
}

/// Returns `true` if it is one of these words.
pub(crate) fn is_one_of(word: &Ident, words: &[&str]) -> bool {
    words.iter().any(|known| word == known)
}

/// Returns `true` if the token is this punctuation.
pub(crate) fn is_punct(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

/// A piece of syntax, with the spans of its first and its last token.
pub(crate) trait Extent {
    fn first(&self) -> Span;
    fn last(&self) -> Span;
}

impl<T: ToTokens + ?Sized> Extent for T {
    fn first(&self) -> Span {
        span(self.to_token_stream().into_iter().next())
    }

    fn last(&self) -> Span {
        span(self.to_token_stream().into_iter().last())
    }
}

fn span(token: Option<TokenTree>) -> Span {
    token.map_or_else(Span::call_site, |token| token.span())
}
