//! Attributes that are still being typed. An editor completes at the cursor's place in the expansion, so
//! what has been begun must be there.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::buffer::Cursor;

use crate::begun::MISSING;
use crate::tokens::is_punct;

/// The edits that an attribute's tokens need. Most need none.
#[derive(Default)]
pub(crate) struct Found {
    /// A `::` or `.` without a name behind it.
    pub(crate) unfinished: bool,
    /// The first word `self`.
    pub(crate) owner: Option<Span>,
    /// Set if `self` occurs again, or if a text may name it.
    pub(crate) more: bool,
}

/// Scans for an unfinished name and for `self` in one pass.
pub(crate) fn look(inside: Cursor<'_>) -> Found {
    let mut found = Found::default();
    look_into(inside, &mut found);
    found
}

fn look_into(mut rest: Cursor<'_>, found: &mut Found) {
    let (mut before, mut last) = (Shape::End, Shape::End);
    while !rest.eof() {
        let (shape, behind) = if let Some((inside, _, _, behind)) = rest.any_group() {
            look_into(inside, found);
            (Shape::Operand, behind)
        } else if let Some((word, behind)) = rest.ident() {
            if word == "self" {
                found.more |= found.owner.is_some();
                found.owner = found.owner.or(Some(word.span()));
            }
            (Shape::Operand, behind)
        } else if let Some((text, behind)) = rest.literal() {
            found.more = found.more || text.to_string().contains('"');
            (Shape::Operand, behind)
        } else if let Some((token, behind)) = rest.token_tree() {
            (Shape::of(&token), behind)
        } else {
            break;
        };
        found.unfinished |= is_unfinished(before, last, shape);
        (before, last, rest) = (last, shape, behind);
    }
    found.unfinished |= is_unfinished(before, last, Shape::End);
}

/// Adds a name behind each `::` or `.` that has none. The arguments of a macro are left alone, because their
/// syntax is the macro's.
pub(crate) fn finished(tokens: &TokenStream) -> TokenStream {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut finished = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = &tokens[..at];
        finished.push(match token {
            TokenTree::Group(group) if !is_punct(before.last(), '!') => finish_group(group).into(),
            token => token.clone(),
        });
        let shape = |token: Option<&TokenTree>| token.map_or(Shape::End, Shape::of);
        if is_unfinished(shape(before.last()), Shape::of(token), shape(tokens.get(at + 1))) {
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

/// A token, as far as it decides whether something is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A word, a literal or a group.
    Operand,
    Punct(char),
    /// No token.
    End,
}

impl Shape {
    fn of(token: &TokenTree) -> Self {
        match token {
            TokenTree::Punct(punct) => Self::Punct(punct.as_char()),
            _ => Self::Operand,
        }
    }
}

/// Returns `true` if a name is missing between `last` and `next`.
fn is_unfinished(before: Shape, last: Shape, next: Shape) -> bool {
    let is_begun = match last {
        Shape::Punct(':') => before == last,
        Shape::Punct('.') => before != last,
        _ => false,
    };
    is_begun && !matches!(next, Shape::Operand | Shape::Punct('<' | '*' | '.'))
}
