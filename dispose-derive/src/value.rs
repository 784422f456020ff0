//! The values after `=` in an attribute. `syn` without `full` has no closures, so an expression is kept
//! as tokens. The parser of an enum's discriminant, `key = expression`, finds its end.

use std::iter;

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::{ExprPath, Lit, LitStr, Path, Result, Token, Variant};

use crate::closure::Closure;
use crate::extent::Extent;

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

/// Returns the tokens between the places of two streams.
pub(crate) fn between(start: ParseStream<'_>, end: ParseStream<'_>) -> TokenStream {
    let start = start.fork();
    let token = || (start.cursor() != end.cursor()).then(|| start.parse::<TokenTree>().ok());
    iter::from_fn(|| token().flatten()).collect()
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

/// `invalid = E` or `invalid = [E, …]`
pub(crate) enum Invalid {
    /// An integer, and its minus.
    Number(Option<Token![-]>, Literal),
    /// `[E, …]`
    List(Group),
}

impl Invalid {
    /// The key's `= 1` or `= -1`, if that is all.
    pub(crate) fn assigned_number(input: ParseStream<'_>) -> Option<Self> {
        let ahead = after_assign(input)?;
        let minus = ahead.parse().ok()?;
        let number: Literal = ahead.parse().ok()?;
        let is_integer = number.to_string().bytes().all(|digit| digit.is_ascii_digit());
        if !is_integer || !is_at_end(&ahead) {
            return None;
        }
        input.advance_to(&ahead);
        Some(Self::Number(minus, number))
    }

    /// `[E, …]`
    pub(crate) fn list(&self) -> Group {
        match self {
            Self::Number(..) => array(self.to_token_stream()),
            Self::List(list) => list.clone(),
        }
    }

    /// Returns `true` if it consists of literals only. Such a value has no code of the user's that could
    /// panic, and borrows nothing.
    pub(crate) fn is_literal(&self) -> bool {
        match self {
            Self::Number(..) => true,
            Self::List(list) => is_literal(&list.stream()),
        }
    }

    /// Returns `true` if a literal `0`, of whatever type, or `false` is among the values.
    pub(crate) fn includes_zero(&self) -> bool {
        match self {
            Self::Number(minus, number) => {
                minus.is_none() && number.to_string().bytes().all(|digit| digit == b'0')
            }
            Self::List(list) => values(list.stream()).into_iter().any(is_zero),
        }
    }
}

impl ToTokens for Invalid {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Number(minus, number) => {
                minus.to_tokens(tokens);
                number.to_tokens(tokens);
            }
            Self::List(list) => list.to_tokens(tokens),
        }
    }
}

/// `[value]`, at the place of the value.
pub(crate) fn array(value: TokenStream) -> Group {
    let span = value.first().resolved_at(Span::call_site());
    let mut array = Group::new(Delimiter::Bracket, value);
    array.set_span(span);
    array
}

/// The values of `[E, …]`.
fn values(list: TokenStream) -> Vec<TokenStream> {
    let mut values = vec![TokenStream::new()];
    for token in list {
        match (&token, values.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => {
                values.push(TokenStream::new());
            }
            (_, Some(value)) => value.extend([token]),
            (_, None) => {}
        }
    }
    values
}

/// A literal `0`, of whatever type, or `false`.
fn is_zero(value: TokenStream) -> bool {
    match syn::parse2::<Lit>(value) {
        Ok(Lit::Int(int)) => int.base10_digits() == "0",
        Ok(Lit::Bool(bool)) => !bool.value,
        _ => false,
    }
}

fn is_literal(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().all(|token| match token {
        TokenTree::Literal(_) => true,
        TokenTree::Ident(word) => word == "true" || word == "false",
        TokenTree::Punct(punct) => matches!(punct.as_char(), '-' | ',' | '!'),
        TokenTree::Group(group) => is_literal(&group.stream()),
    })
}

/// A function of the user's, or a closure.
pub(crate) enum Callee {
    Path(ExprPath),
    Closure(Closure),
}

impl Callee {
    /// Makes one of a path, a string that holds a path, or a closure. Returns `None` for anything else.
    pub(crate) fn from_tokens(tokens: TokenStream) -> Option<Self> {
        match tokens.clone().into_iter().next()? {
            TokenTree::Literal(_) => {
                syn::parse2::<LitStr>(tokens).ok()?.parse().ok().map(Self::Path)
            }
            TokenTree::Punct(bar) if bar.as_char() == '|' => Closure::from_tokens(tokens),
            TokenTree::Ident(word) if word == "move" || word == "async" => {
                Closure::from_tokens(tokens)
            }
            _ => syn::parse2(tokens).ok().map(Self::Path),
        }
    }

    /// As [`Extent::first`], without a stream for most.
    pub(crate) fn first(&self) -> Span {
        match self {
            Self::Path(ExprPath { qself: None, path, .. }) if path.leading_colon.is_none() => {
                path.segments[0].ident.span()
            }
            Self::Closure(closure) => closure.start,
            Self::Path(path) => path.first(),
        }
    }

    /// As [`Extent::last`], without a stream for most paths.
    pub(crate) fn last(&self) -> Span {
        match self {
            Self::Path(ExprPath { path, .. })
                if path.segments.last().is_some_and(|last| last.arguments.is_none()) =>
            {
                path.segments[path.segments.len() - 1].ident.span()
            }
            _ => Extent::last(self),
        }
    }

    pub(crate) fn closure(&self) -> Option<&Closure> {
        match self {
            Self::Closure(closure) => Some(closure),
            Self::Path(_) => None,
        }
    }
}

impl ToTokens for Callee {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Closure(Closure { asynchrony, parameters, output, body, .. }) => {
                asynchrony.to_tokens(tokens);
                parameters.to_tokens(tokens);
                output.to_tokens(tokens);
                body.to_tokens(tokens);
            }
        }
    }
}
