//! Attributes that are still being typed. An editor completes at the cursor's place in the expansion, so
//! what has been begun must be there.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::Attribute;

use crate::begun::MISSING;
use crate::names::is;

/// Returns `true` for `#[unmanaged]` and `#[dispose]`.
pub(crate) fn is_ours(attr: &Attribute) -> bool {
    attr.path().is_ident("unmanaged") || attr.path().is_ident("dispose")
}

/// The edits that an attribute's tokens need; most need none.
#[derive(Default)]
pub(crate) struct Found {
    /// A `::` or `.` without a name behind it.
    pub(crate) unfinished: bool,
    /// The first word `self`.
    pub(crate) owner: Option<Span>,
    /// Another one, or a text that may name it.
    pub(crate) more: bool,
}

/// Looks for both in one go, because each look at a stream is a round trip to the compiler.
pub(crate) fn look(tokens: &TokenStream) -> Found {
    let mut found = Found::default();
    look_into(tokens, &mut found);
    found
}

fn look_into(tokens: &TokenStream, found: &mut Found) {
    let (mut last, mut before) = (None, None);
    for token in tokens.clone() {
        if let Some(last) = &last {
            found.unfinished |= is_unfinished(before.as_ref(), last, Some(&token));
        }
        match &token {
            TokenTree::Group(group) => look_into(&group.stream(), found),
            TokenTree::Ident(word) if word == "self" => {
                found.more |= found.owner.is_some();
                found.owner = found.owner.or(Some(word.span()));
            }
            TokenTree::Literal(text) => found.more = found.more || text.to_string().contains('"'),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        before = last.replace(token);
    }
    if let Some(last) = &last {
        found.unfinished |= is_unfinished(before.as_ref(), last, None);
    }
}

/// Adds a name behind each `::` or `.` that has none. The arguments of a macro are left alone, because their
/// syntax is the macro's.
pub(crate) fn finished(tokens: &TokenStream) -> TokenStream {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut finished = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (before, behind) = (&tokens[..at], tokens.get(at + 1));
        finished.push(match token {
            TokenTree::Group(group) if !is(before.last(), '!') => finish_group(group).into(),
            token => token.clone(),
        });
        if is_unfinished(before.last(), token, behind) {
            finished.push(TokenTree::Ident(Ident::new(MISSING, token.span())));
        }
    }
    finished.into_iter().collect()
}

fn finish_group(group: &Group) -> Group {
    let mut finished = Group::new(group.delimiter(), finished(&group.stream()));
    finished.set_span(group.span());
    finished
}

fn is_unfinished(
    before: Option<&TokenTree>,
    token: &TokenTree,
    behind: Option<&TokenTree>,
) -> bool {
    let is_path = is(before, ':') && is(Some(token), ':');
    let is_member = is(Some(token), '.') && !is(before, '.');
    match behind {
        Some(TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_)) => false,
        Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '<' | '*' | '.') => false,
        _ => is_path || is_member,
    }
}
