//! The places where the user's tokens name a value: `self`, or a sibling field of a variant.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::Token;

use crate::value::Closure;

/// Calls `see` with each token that names the value `name`: the identifier, or a format string with
/// `{name}` in it. Returns the tokens with the replacements that `see` returns, or `None` without any.
///
/// A `self` that is not the value is left alone: in a path, in a lifetime, and in a nested item.
pub(crate) fn visit(
    tokens: &TokenStream,
    name: &str,
    see: &mut dyn FnMut(&TokenTree) -> Option<TokenTree>,
) -> Option<TokenStream> {
    visit_in(tokens, name, false, see)
}

/// Returns the first identifier or format string that names the value, as an identifier.
pub(crate) fn mention(tokens: &TokenStream, name: &str) -> Option<Ident> {
    let mut first = None;
    visit(tokens, name, &mut |token| {
        first.get_or_insert_with(|| match token {
            TokenTree::Ident(ident) => ident.clone(),
            token => ident(name, token.span()),
        });
        None
    });
    first
}

impl Closure {
    /// Returns the first place where the body names a value from outside the closure.
    pub(crate) fn mention(&self, name: &str) -> Option<Ident> {
        let is_parameter = mention(&self.parameters, name).is_some();
        mention(&self.body, name).filter(|_| !is_parameter)
    }

    /// Returns the name if a word of the body begins with the same letter and is not a name by `is_name`.
    /// An editor completes such a word to what the expansion binds.
    pub(crate) fn begins(&self, name: &str, is_name: &dyn Fn(&str) -> bool) -> Option<Ident> {
        let is_known = |word: &str| is_name(word) || mention(&self.parameters, word).is_some();
        begins(&self.body, name, &is_known).then(|| ident(name, Span::call_site()))
    }
}

fn begins(tokens: &TokenStream, name: &str, is_known: &dyn Fn(&str) -> bool) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => begins(&group.stream(), name, is_known),
        TokenTree::Ident(word) if is_value(&tokens, at) => {
            let is_called = matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
            let word = word.to_string();
            word.chars().next() == name.chars().next() && !is_called && !is_known(&word)
        }
        _ => false,
    })
}

/// Replaces each `from` by `to`.
pub(crate) fn rename(tokens: &TokenStream, from: &str, to: &str) -> TokenStream {
    let renamed = visit(tokens, from, &mut |token| match token {
        TokenTree::Literal(literal) => renamed_in(literal, from, to).map(TokenTree::Literal),
        token => Some(TokenTree::Ident(Ident::new(to, token.span()))),
    });
    renamed.unwrap_or_else(|| tokens.clone())
}

/// The `self`s of one type. In a type made by `macro_rules!` they come from the macro's body or from its
/// callers, and rustc does not take all of them for one name.
#[derive(Default)]
pub(crate) struct Owner {
    /// The hygiene of the first one.
    hygiene: Option<Span>,
}

impl Owner {
    /// Gives every `self` the hygiene of the first. Returns `None` if nothing changes.
    pub(crate) fn unified(&mut self, tokens: &TokenStream) -> Option<TokenStream> {
        visit(tokens, "self", &mut |token| {
            let Some(hygiene) = self.hygiene else {
                self.hygiene = Some(token.span());
                return None;
            };
            let mut token = token.clone();
            token.set_span(token.span().resolved_at(hygiene));
            Some(token)
        })
    }

    /// Returns a `self` for the expansion's own use.
    pub(crate) fn receiver(&self) -> Token![self] {
        let span = Span::call_site();
        Token![self](self.hygiene.map_or(span, |hygiene| span.resolved_at(hygiene)))
    }
}

/// Does the work of [`visit`], for all tokens or for a macro's arguments.
fn visit_in(
    tokens: &TokenStream,
    name: &str,
    are_arguments: bool,
    see: &mut dyn FnMut(&TokenTree) -> Option<TokenTree>,
) -> Option<TokenStream> {
    let mut tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut changed = false;
    let mut at = 0;
    while at < tokens.len() {
        let item = item_length(&tokens[at..]);
        if item > 0 {
            at += item;
            continue;
        }
        let written = match &tokens[at] {
            TokenTree::Group(group) => {
                let of_macro = match group.delimiter() {
                    Delimiter::None => are_arguments,
                    _ => ends_in_macro(&tokens[..at]),
                };
                visit_in(&group.stream(), name, of_macro, see).map(|inside| {
                    let mut written = Group::new(group.delimiter(), inside);
                    written.set_span(group.span());
                    TokenTree::Group(written)
                })
            }
            TokenTree::Ident(ident) if ident == name && is_value(&tokens, at) => see(&tokens[at]),
            TokenTree::Literal(literal) if are_arguments && formats(literal, name) => {
                see(&tokens[at])
            }
            _ => None,
        };
        if let Some(written) = written {
            tokens[at] = written;
            changed = true;
        }
        at += 1;
    }
    changed.then(|| tokens.into_iter().collect())
}

fn is(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

/// Returns `false` for `name::path`, `.name` and `'name`.
fn is_value(tokens: &[TokenTree], at: usize) -> bool {
    let (before, behind) = (&tokens[..at], &tokens[at + 1..]);
    let is_path = is(behind.first(), ':') && is(behind.get(1), ':');
    let mut before = before.iter().rev();
    let last = before.next();
    let is_member = is(last, '.') && !is(before.next(), '.');
    !is_path && !is_member && !is(last, '\'')
}

/// Returns `true` if a macro's arguments come next.
fn ends_in_macro(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(_), TokenTree::Punct(bang)] if bang.as_char() == '!')
}

/// Returns the number of tokens of the item that begins here, or 0 if none does. An item does not see
/// the values around it.
fn item_length(tokens: &[TokenTree]) -> usize {
    let [TokenTree::Ident(word), next, ..] = tokens else { return 0 };
    let is_item = match word.to_string().as_str() {
        "impl" | "trait" => true,
        "fn" | "mod" => matches!(next, TokenTree::Ident(_)),
        "use" => !is(Some(next), '<'),
        "pub" => return if matches!(next, TokenTree::Group(_)) { 2 } else { 0 },
        _ => false,
    };
    if !is_item {
        return 0;
    }
    // Braces between `<` and `>` are a constant's. Those of `use` hold names.
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && depth == 0 && word != "use" =>
            {
                return at + 1;
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => return at + 1,
                '<' => depth += 1,
                '>' if !is(tokens.get(at - 1), '-') => depth -= 1,
                _ => {}
            },
            _ => {}
        }
    }
    tokens.len()
}

fn formats(literal: &Literal, name: &str) -> bool {
    !places(&literal.to_string(), name).is_empty()
}

/// Returns the places where a format string names it: `{name}`, `{name:?}`, or as in `{x:>name$}`.
fn places(literal: &str, name: &str) -> Vec<usize> {
    if !literal.starts_with(['"', 'r']) {
        return Vec::new();
    }
    let name = name.trim_start_matches("r#");
    let is_place = |at: &usize| {
        let (before, after) = (&literal[..*at], &literal[at + name.len()..]);
        // `{{` stands for a brace.
        let braces = before.len() - before.trim_end_matches('{').len();
        let is_argument = braces % 2 == 1 && after.starts_with(['}', ':', ' ']);
        let is_count =
            after.starts_with('$') && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        is_argument || is_count
    };
    literal.match_indices(name).map(|(at, _)| at).filter(is_place).collect()
}

fn renamed_in(literal: &Literal, from: &str, to: &str) -> Option<Literal> {
    let mut text = literal.to_string();
    for at in places(&text, from).into_iter().rev() {
        text.replace_range(at..at + from.len(), to);
    }
    let mut renamed: Literal = text.parse().ok()?;
    renamed.set_span(literal.span());
    Some(renamed)
}

fn ident(name: &str, span: Span) -> Ident {
    match name.strip_prefix("r#") {
        Some(name) => Ident::new_raw(name, span),
        None => Ident::new(name, span),
    }
}
