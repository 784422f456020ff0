//! The values after `=` in an attribute. `syn` without `full` has no closures, so an expression is kept
//! as tokens. The parser of an enum's discriminant, `key = expression`, finds its end.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::TokenStreamExt as _;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::{ExprPath, Path, Result, Token, Variant};

/// Parses the key's `= expression` from a stream at the key. Returns `None` without one.
pub(crate) fn assigned(input: ParseStream<'_>) -> Option<TokenStream> {
    let value = after_assign(input);
    input.parse::<Variant>().ok()?;
    Some(ungrouped(between(&value?, input)))
}

/// Parses the key's `= path`, if nothing follows it.
pub(crate) fn assigned_path(input: ParseStream<'_>) -> Option<ExprPath> {
    let ahead = after_assign(input)?;
    let start = ahead.fork();
    let mut path: ExprPath = ahead.parse().ok()?;
    if !is_at_end(&ahead) {
        return None;
    }
    let has_arguments = |path: &Path| path.segments.iter().any(|of| !of.arguments.is_none());
    if path.qself.is_some() || has_arguments(&path.path) {
        path = whole(&start).ok()?;
    }
    input.advance_to(&ahead);
    Some(path)
}

/// Parses a piece of syntax with groups in it. What is left over in a group is an error only at the end of a
/// stream, so the piece is parsed once more as one.
pub(crate) fn whole<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    let start = input.fork();
    input.parse::<T>()?;
    syn::parse2(between(&start, input))
}

/// Returns a stream behind the key's `=`.
pub(crate) fn after_assign(input: ParseStream<'_>) -> Option<ParseBuffer<'_>> {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).ok()?;
    ahead.parse::<Token![=]>().ok()?;
    Some(ahead)
}

pub(crate) fn is_at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Returns the tokens from `start` up to `end`.
pub(crate) fn between(start: ParseStream<'_>, end: ParseStream<'_>) -> TokenStream {
    let start = start.fork();
    let mut tokens = TokenStream::new();
    while start.cursor() != end.cursor() {
        let Ok(token) = start.parse::<TokenTree>() else { break };
        tokens.append(token);
    }
    tokens
}

/// Removes the invisible parentheses around tokens that a `macro_rules!` macro put in.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            ungrouped(group.stream())
        }
        _ => tokens,
    }
}
