//! The values of `invalid`, which say that a field holds nothing.

use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::{Error, Lit, Token};

use crate::keys::Unread;
use crate::tokens::Extent as _;
use crate::value::{self, after_assign, is_at_end};

/// `invalid = E` or `invalid = [E, …]`
pub(crate) enum Invalid {
    /// An integer, and its minus.
    Number(Option<Token![-]>, Literal),
    /// `[E, …]`
    List(Group),
}

impl Invalid {
    /// Parses the key's `= E` or `= [E, …]`.
    pub(crate) fn assigned(input: ParseStream<'_>) -> Result<Self, Unread> {
        if let Some(number) = Self::assigned_number(input) {
            return Ok(number);
        }
        let value = value::assigned(input).ok_or(Unread::NoValue)?;
        let tokens: Vec<_> = value.clone().into_iter().collect();
        let list = match tokens.as_slice() {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => Some(group),
            _ => None,
        };
        let message = match list {
            Some(list) if list.stream().is_empty() => {
                "`invalid` needs at least one value, such as `invalid = -1` or `invalid = [0, -1]`"
            }
            // `[E; 0]` would be no value at all, and the field never released.
            Some(list) if list.stream().into_iter().any(is_semicolon) => {
                "`invalid` takes a list of values, such as `invalid = [0, -1]`; a value that is itself an array is written in brackets of its own, such as `invalid = [[0; 16]]`"
            }
            Some(list) => return Ok(Self::List(list.clone())),
            None if alternates(&value) => {
                "`invalid` takes several values as a list, such as `invalid = [-1, -2]`"
            }
            None => return Ok(Self::List(array(value))),
        };
        Err(Error::new_spanned(value, message).into())
    }

    /// Parses the key's `= 1` or `= -1`, if that is all.
    fn assigned_number(input: ParseStream<'_>) -> Option<Self> {
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

    /// Returns `[E, …]`.
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

/// Returns `[value]`, at the place of the value.
fn array(value: TokenStream) -> Group {
    let span = value.first().resolved_at(Span::call_site());
    let mut array = Group::new(Delimiter::Bracket, value);
    array.set_span(span);
    array
}

/// Returns `true` for `-1 | -2` or `0 | -1`, which are meant as a pattern. As an expression they are one number.
fn alternates(value: &TokenStream) -> bool {
    let tokens: Vec<_> = value.clone().into_iter().collect();
    let is =
        |token: &TokenTree, punct| matches!(token, TokenTree::Punct(of) if of.as_char() == punct);
    let are_numbers = tokens
        .iter()
        .all(|token| matches!(token, TokenTree::Literal(_)) || is(token, '|') || is(token, '-'));
    let is_pattern = |token: &TokenTree| is(token, '-') || token.to_string() == "0";
    are_numbers && tokens.iter().any(|token| is(token, '|')) && tokens.iter().any(is_pattern)
}

fn is_semicolon(token: TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

/// Returns the values of `[E, …]`.
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

/// Returns `true` for a literal `0`, of whatever type, and for `false`.
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
