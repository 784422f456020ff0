//! Attributes that are still being typed. An editor completes at the cursor's place in the expansion, so what
//! has been begun must be there: a name behind each `::` or `.`, and the keys that a word may become.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::buffer::Cursor;

use crate::runtime::Runtime;
use crate::tokens::{is_punct, stream};

/// A name for the place where one is missing. rustc reports that it cannot be found.
pub(crate) const MISSING: &str = "__name_is_missing";

/// A word that is not yet a key.
pub(crate) struct Begun {
    /// The module of `__private::keys` with the keys that may stand here.
    pub(crate) module: &'static str,
    pub(crate) key: Ident,
}

impl Begun {
    /// Creates one for a place where no word is written yet.
    pub(crate) fn at(module: &'static str, span: Span) -> Self {
        Self { module, key: Ident::new(MISSING, span) }
    }

    /// Returns what an editor completes to a key, or `None` if the word cannot be in a path. The compiler makes
    /// nothing of it, because a comma at the end of a finished attribute begins a key too.
    pub(crate) fn offer(&self, runtime: &Runtime) -> Option<TokenStream> {
        let module = Ident::new(self.module, Span::call_site());
        let key = &self.key;
        syn::parse2::<Ident>(key.to_token_stream()).ok()?;
        Some(quote!(#runtime::__private::offer! { #module, #key }))
    }
}

/// The edits that an attribute's tokens need. Most need none.
#[derive(Default)]
pub(crate) struct Edits {
    /// A `::` or `.` without a name behind it.
    pub(crate) unfinished: bool,
    /// The first word `self`.
    pub(crate) owner: Option<Span>,
    /// Set if `self` occurs again, or if a text may name it.
    pub(crate) more: bool,
}

/// Scans for an unfinished name and for `self` in one pass.
pub(crate) fn scan(inside: Cursor<'_>) -> Edits {
    let mut found = Edits::default();
    scan_into(inside, &mut found);
    found
}

fn scan_into(mut rest: Cursor<'_>, found: &mut Edits) {
    let (mut before, mut last) = (Shape::End, Shape::End);
    while !rest.eof() {
        let (shape, behind) = if let Some((inside, _, _, behind)) = rest.any_group() {
            scan_into(inside, found);
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
    stream(&finished)
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
    is_begun && !matches!(next, Shape::Operand | Shape::Punct('<' | '*' | '.' | '$'))
}
