//! The places where the user's tokens name a value: `self`, or a sibling field of a variant.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::{LitStr, Token};

use crate::closure::Closure;
use crate::tokens::{is_one_of, is_punct, stream};

/// Visits every token that names the value `name`: the identifier, or a format string with `{name}` in it.
/// Calls `see` with the tokens from there on. Returns the tokens with the replacements that `see` returns, or
/// `None` without any.
///
/// A `self` that is not the value is left alone: in a path, in a lifetime, and in a nested item.
fn visit(
    tokens: &TokenStream,
    name: &str,
    see: &mut dyn FnMut(&[TokenTree]) -> Option<TokenTree>,
) -> Option<TokenStream> {
    Visit::any(name).visit(tokens, false, see)
}

/// The name that is looked for, and where it counts.
struct Visit<'a> {
    name: &'a str,
    /// `r#name` for `name`, and the reverse: both are one identifier.
    other: Option<String>,
    certainty: Certainty,
}

/// The places that count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// All, also a text that may be a format string.
    Any,
    /// A text only if it is the format string of a macro that is known to take one.
    Text,
    /// The same, and no place in the arguments of another macro, whose syntax is its own.
    Place,
}

/// Returns the first identifier or format string that names the value, as an identifier.
pub(crate) fn mention(tokens: &TokenStream, name: &str) -> Option<Ident> {
    Visit::any(name).first(tokens)
}

fn named_at(token: &TokenTree, name: &str) -> Ident {
    match token {
        TokenTree::Ident(ident) => ident.clone(),
        token => ident(name, token.span()),
    }
}

impl Closure {
    /// Returns the first place where the body names a value from outside the closure.
    pub(crate) fn mention(&self, name: &str) -> Option<Ident> {
        let is_parameter = mention(&self.parameters, name).is_some();
        mention(&self.body, name).filter(|_| !is_parameter)
    }

    /// Returns the first place that is certain to name the value. A place in a macro's own syntax is not.
    pub(crate) fn certain_mention(&self, name: &str) -> Option<Ident> {
        Visit::certain(name, Certainty::Place).first(&self.body)
    }

    /// Returns every place where the body names the value.
    pub(crate) fn mentions(&self, name: &str) -> Vec<Ident> {
        let mut mentions = Vec::new();
        if self.mention(name).is_some() {
            visit(&self.body, name, &mut |found| {
                mentions.push(named_at(&found[0], name));
                None
            });
        }
        mentions
    }

    /// Returns the place `self.member`, or `*name`, if the body names it once, and passes it to a function. With another
    /// mention it may be filled again, or be another value.
    pub(crate) fn passed(&self, place: &[&str]) -> Option<TokenStream> {
        let name = if place.len() == 2 { &place[1..] } else { place };
        let is_once = occurrences(&self.body, name) == 1;
        passed(&self.body, place).filter(|_| is_once)
    }

    /// Returns `true` if the body may reach more of `self` than those fields.
    pub(crate) fn reaches(&self, is_field: &dyn Fn(&str) -> bool) -> bool {
        reaches(&self.body, false, is_field)
    }

    /// Returns the first `self.name` where `is_field(name)`, and which is certain to be one.
    pub(crate) fn read_of_self(&self, is_field: &dyn Fn(&str) -> bool) -> Option<TokenStream> {
        let mut first = None;
        Visit::certain("self", Certainty::Place).visit(&self.body, false, &mut |found| {
            if first.is_none() && is_field_of_self(&found[1..], is_field) {
                first = Some(stream(&found[..3]));
            }
            None
        });
        first
    }

    /// Returns `true` if a parameter or a local variable has that name.
    pub(crate) fn binds(&self, name: &str) -> bool {
        is_bound(&self.parameters, name) || is_bound(&self.body, name)
    }

    /// Returns `name` if the author may be typing it: an unknown word begins with its letter. An editor
    /// completes such a word to what the expansion binds.
    pub(crate) fn begins(&self, name: &str, is_name: &dyn Fn(&str) -> bool) -> Option<Ident> {
        let is_known = |word: &str| is_name(word) || mention(&self.parameters, word).is_some();
        begins(&self.body, name, &is_known).then(|| ident(name, Span::call_site()))
    }
}

/// Returns the argument of a function's call that is this place, as it is or cast to another pointer.
fn passed(tokens: &TokenStream, place: &[&str]) -> Option<TokenStream> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        // The `self` of an item is another one.
        let item = item_length(&tokens[at..]);
        if let (0, TokenTree::Group(group)) = (item, &tokens[at]) {
            let before = &tokens[..at];
            let inside: Vec<_> = group.stream().into_iter().collect();
            let is_call = group.delimiter() == Delimiter::Parenthesis && names_function(before);
            let mut arguments = inside.split(|token| is_punct(Some(token), ','));
            if is_call && arguments.any(|argument| is_place(argument, place)) {
                let place = inside.windows(place.len()).find(|tokens| are(tokens, place));
                return place.map(stream);
            }
            // What a macro does with its arguments is not known.
            let is_macro = called_macro(before).is_some();
            let found = if is_macro { None } else { passed(&group.stream(), place) };
            if found.is_some() {
                return found;
            }
        }
        at += item.max(1);
    }
    None
}

/// Returns how often these words follow each other.
fn occurrences(tokens: &TokenStream, words: &[&str]) -> usize {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let here = tokens.windows(words.len()).filter(|tokens| are(tokens, words)).count();
    let inside = tokens.iter().map(|token| match token {
        TokenTree::Group(group) => occurrences(&group.stream(), words),
        _ => 0,
    });
    here + inside.sum::<usize>()
}

fn are(tokens: &[TokenTree], words: &[&str]) -> bool {
    tokens.len() == words.len()
        && tokens.iter().zip(words).all(|(token, word)| {
            let token = token.to_string();
            token.trim_start_matches("r#") == word.trim_start_matches("r#")
        })
}

fn is_place(argument: &[TokenTree], place: &[&str]) -> bool {
    if argument.len() < place.len() {
        return false;
    }
    let (found, mut behind) = argument.split_at(place.len());
    if let [TokenTree::Ident(word), star, ..] = behind {
        let is_compared =
            behind[2..].iter().any(|token| is_punct(Some(token), '=') || token.to_string() == "as");
        return are(found, place) && word == "as" && is_punct(Some(star), '*') && !is_compared;
    }
    while let [dot, TokenTree::Ident(word), TokenTree::Group(_), rest @ ..] = behind {
        if !is_punct(Some(dot), '.')
            || !is_one_of(word, &["cast", "cast_mut", "cast_const", "as_ptr"])
        {
            return false;
        }
        behind = rest;
    }
    are(found, place) && behind.is_empty()
}

/// Returns `true` if these tokens end with the path of a function: of no method, no constructor, and none that only
/// looks at a pointer's address.
fn names_function(tokens: &[TokenTree]) -> bool {
    const OTHERS: [&str; 18] = [
        "if", "match", "while", "in", "return", "break", "else", "mut", "const", "ref", "move",
        "let", "eq", "addr_eq", "drop", "new", "hash", "from",
    ];
    let [before @ .., TokenTree::Ident(word)] = tokens else { return false };
    let is_constructor = word.to_string().starts_with(char::is_uppercase);
    let is_other = ['.', '\''].iter().any(|punct| is_punct(before.last(), *punct));
    !is_constructor && !is_other && !is_one_of(word, &OTHERS)
}

/// In the arguments of a macro that takes a format any `self` counts, also in a text. Another one may write a `self` of its
/// own.
fn reaches(tokens: &TokenStream, in_macro: bool, is_field: &dyn Fn(&str) -> bool) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => match called_macro(&tokens[..at]) {
            Some(of) if !is_macro_of_std(&tokens[..at], &of) => true,
            of => reaches(&group.stream(), in_macro || of.is_some(), is_field),
        },
        TokenTree::Ident(word) if word.unraw() == "self" => {
            in_macro || !is_field_of_self(&tokens[at + 1..], is_field)
        }
        TokenTree::Literal(text) => in_macro && may_name_self(text),
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
}

/// Returns `true` if it may be a format string with `self` in it, however that is written.
fn may_name_self(literal: &Literal) -> bool {
    let text = syn::parse2::<LitStr>(TokenTree::from(literal.clone()).into());
    text.is_ok_and(|text| text.value().contains('{') && text.value().contains("self"))
}

/// Returns `true` if the macro writes no `self` that is not among its arguments, as far as its name shows.
fn is_macro_of_std(before: &[TokenTree], of: &Ident) -> bool {
    const OTHERS: [&str; 14] = [
        "matches",
        "vec",
        "cfg",
        "dbg",
        "stringify",
        "concat",
        "line",
        "column",
        "file",
        "module_path",
        "env",
        "option_env",
        "addr_of",
        "addr_of_mut",
    ];
    let is_known = takes_format(of) || is_one_of(of, &OTHERS);
    let module = match before {
        [.., module, colon, _, _, _] if is_punct(Some(colon), ':') => module.to_string(),
        _ => return is_known,
    };
    is_known && ["std", "core", "alloc", "ptr", "log", "tracing", "anyhow"].contains(&&*module)
}

fn is_field_of_self(behind: &[TokenTree], is_field: &dyn Fn(&str) -> bool) -> bool {
    let [dot, name, behind @ ..] = behind else { return false };
    // `self.0.1` has one number behind the first dot.
    let name = name.to_string();
    let name = name.split('.').next().unwrap_or_default();
    let is_method = match behind.first() {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        next => is_punct(next, ':'),
    };
    is_punct(Some(dot), '.') && is_field(name) && !is_method
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

/// Replaces each `from` by `to`. Texts are left alone unless they are certainly format strings.
pub(crate) fn rename(tokens: &TokenStream, from: &str, to: &str) -> TokenStream {
    let renamed =
        Visit::certain(from, Certainty::Text).visit(tokens, false, &mut |found| match &found[0] {
            TokenTree::Literal(literal) => renamed_in(literal, from, to).map(TokenTree::Literal),
            token => Some(TokenTree::Ident(Ident::new(to, token.span()))),
        });
    renamed.unwrap_or_else(|| tokens.clone())
}

/// The hygiene of the first mention of a name. In a type made by `macro_rules!` a name comes from the macro's
/// body or from its callers, and rustc does not take all of them for one.
#[derive(Default)]
pub(crate) struct Hygiene {
    first: Option<Span>,
}

impl Hygiene {
    /// Takes the word as the first one. Returns `false` if there is one before.
    pub(crate) fn begins_at(&mut self, word: Span) -> bool {
        let is_first = self.first.is_none();
        self.first.get_or_insert(word);
        is_first
    }

    /// Returns `true` if there is one.
    pub(crate) fn has_begun(&self) -> bool {
        self.first.is_some()
    }

    /// Gives every `self` the hygiene of the first. Returns `None` if nothing changes.
    pub(crate) fn unify_self(&mut self, tokens: &TokenStream) -> Option<TokenStream> {
        self.unify(tokens, "self")
    }

    fn unify(&mut self, tokens: &TokenStream, name: &str) -> Option<TokenStream> {
        visit(tokens, name, &mut |found| {
            let token = &found[0];
            let Some(hygiene) = self.first else {
                self.first = Some(token.span());
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
        Token![self](self.first.map_or(span, |hygiene| span.resolved_at(hygiene)))
    }
}

/// Gives every mention of a sibling the hygiene of the first, as for `self`. Returns `None` if nothing changes.
///
/// If the name is also that of a local variable, its hygiene distinguishes the two, and stays.
pub(crate) fn unify_sibling(tokens: &TokenStream, name: &str) -> Option<TokenStream> {
    if is_bound(tokens, name) {
        return None;
    }
    Hygiene::default().unify(tokens, name)
}

/// Returns `true` if a pattern binds the name: behind `let`, `mut`, `ref` or `for`, or first between bars.
fn is_bound(tokens: &TokenStream, name: &str) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match (token, &tokens[..at]) {
        (TokenTree::Group(group), _) => is_bound(&group.stream(), name),
        (TokenTree::Ident(word), [.., TokenTree::Ident(before)]) if word == name => {
            is_one_of(before, &["let", "mut", "ref", "for"])
        }
        (TokenTree::Ident(word), [.., bar]) if word == name && is_punct(Some(bar), '|') => {
            ['|', ',', ':'].iter().any(|punct| is_punct(tokens.get(at + 1), *punct))
        }
        _ => false,
    })
}

/// Returns `r#name` for `name`, and the reverse unless that is a keyword.
fn other_spelling(name: &str) -> Option<String> {
    match name.strip_prefix("r#") {
        Some(plain) => syn::parse_str::<Ident>(plain).ok().map(|_| plain.to_owned()),
        None => Some(format!("r#{name}")),
    }
}

impl<'a> Visit<'a> {
    /// Looks for identifiers in both spellings, and for texts that may name it.
    fn any(name: &'a str) -> Self {
        Self { name, other: other_spelling(name), certainty: Certainty::Any }
    }

    /// Looks for places that certainly name it, written as it is.
    fn certain(name: &'a str, certainty: Certainty) -> Self {
        Self { name, other: None, certainty }
    }

    /// Returns the first place, as an identifier.
    fn first(&self, tokens: &TokenStream) -> Option<Ident> {
        let mut first = None;
        self.visit(tokens, false, &mut |found| {
            first.get_or_insert_with(|| named_at(&found[0], self.name));
            None
        });
        first
    }

    /// Returns whether texts among a macro's arguments count, or `None` if no place in them does.
    fn counts_texts(&self, of: &Ident) -> Option<bool> {
        match self.certainty {
            Certainty::Any => Some(true),
            Certainty::Text => (!takes_text(of)).then(|| takes_format(of)),
            Certainty::Place => takes_format(of).then_some(true),
        }
    }

    /// Does the work of [`visit`], for all tokens or for the arguments of a macro.
    fn visit(
        &self,
        tokens: &TokenStream,
        are_arguments: bool,
        see: &mut dyn FnMut(&[TokenTree]) -> Option<TokenTree>,
    ) -> Option<TokenStream> {
        let mut tokens: Vec<_> = tokens.clone().into_iter().collect();
        let mut changed = false;
        let mut texts = 0;
        let mut at = 0;
        while at < tokens.len() {
            let item = item_length(&tokens[at..]);
            if item > 0 {
                at += item;
                continue;
            }
            let written = match &tokens[at] {
                TokenTree::Group(group) => {
                    let texts = match (group.delimiter(), called_macro(&tokens[..at])) {
                        (Delimiter::None, _) => Some(are_arguments),
                        (_, None) => Some(false),
                        (_, Some(of)) => self.counts_texts(&of),
                    };
                    let inside = texts.and_then(|texts| self.visit(&group.stream(), texts, see));
                    inside.map(|inside| {
                        let mut written = Group::new(group.delimiter(), inside);
                        written.set_span(group.span());
                        TokenTree::Group(written)
                    })
                }
                TokenTree::Ident(ident) if self.is_name(ident) && is_value(&tokens, at) => {
                    see(&tokens[at..])
                }
                TokenTree::Literal(literal) if are_arguments => {
                    texts += usize::from(is_text(&literal.to_string()));
                    // Behind the format string, texts are data.
                    let counts = self.certainty == Certainty::Any || texts == 1;
                    if counts && formats(literal, self.name) { see(&tokens[at..]) } else { None }
                }
                _ => None,
            };
            if let Some(written) = written {
                tokens[at] = written;
                changed = true;
            }
            at += 1;
        }
        changed.then(|| stream(&tokens))
    }

    fn is_name(&self, ident: &Ident) -> bool {
        ident == self.name || self.other.as_ref().is_some_and(|other| ident == other)
    }
}

/// Returns `true` if the macro makes a text of its arguments' tokens.
fn takes_text(of: &Ident) -> bool {
    is_one_of(of, &["stringify", "concat"])
}

/// Returns `true` for the macros of the standard library, and of its best known companions, whose first text
/// is a format string.
fn takes_format(of: &Ident) -> bool {
    const KNOWN: [&str; 26] = [
        "format",
        "format_args",
        "print",
        "println",
        "eprint",
        "eprintln",
        "write",
        "writeln",
        "panic",
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "unreachable",
        "todo",
        "unimplemented",
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "anyhow",
        "bail",
        "ensure",
    ];
    is_one_of(of, &KNOWN)
}

/// Returns `false` for `name::path`, `.name` and `'name`.
fn is_value(tokens: &[TokenTree], at: usize) -> bool {
    let (before, behind) = (&tokens[..at], &tokens[at + 1..]);
    let is_path = is_punct(behind.first(), ':') && is_punct(behind.get(1), ':');
    let mut before = before.iter().rev();
    let last = before.next();
    let is_member = is_punct(last, '.') && !is_punct(before.next(), '.');
    !is_path && !is_member && !is_punct(last, '\'')
}

/// Returns the name of the macro whose arguments come next. In a `macro_rules!`, `$name!` may be in a group.
fn called_macro(before: &[TokenTree]) -> Option<Ident> {
    let [.., name, bang] = before else { return None };
    if !is_punct(Some(bang), '!') {
        return None;
    }
    match name {
        TokenTree::Ident(name) => Some(name.clone()),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            Some(Ident::new("__macro", group.span()))
        }
        _ => None,
    }
}

/// Returns the number of tokens of the item that begins here, or 0 if none does. An item does not see
/// the values around it.
fn item_length(tokens: &[TokenTree]) -> usize {
    let [TokenTree::Ident(word), next, ..] = tokens else { return 0 };
    let is_item = match word.to_string().as_str() {
        "impl" | "trait" => true,
        "fn" | "mod" => matches!(next, TokenTree::Ident(_)),
        "use" => !is_punct(Some(next), '<'),
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
                '>' if !is_punct(tokens.get(at - 1), '-') => depth -= 1,
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

fn is_text(literal: &str) -> bool {
    literal.starts_with(['"', 'r'])
}

/// Returns the positions of `name` in a format string: `{name}`, `{name:?}`, `{x:>name$}`.
fn places(literal: &str, name: &str) -> Vec<usize> {
    if !is_text(literal) {
        return Vec::new();
    }
    let name = name.trim_start_matches("r#");
    let is_place = |at: usize| {
        let (before, after) = (&literal[..at], &literal[at + name.len()..]);
        // `{{` and `}}` stand for a brace.
        let open = before.rfind('{').filter(|open| before[*open..].find('}').is_none());
        let Some(open) = open else { return false };
        let braces = open + 1 - before[..=open].trim_end_matches('{').len();
        let (inside, is_name) = (&before[open + 1..], |c: char| c.is_alphanumeric() || c == '_');
        let is_argument = inside.is_empty() && after.trim_start().starts_with(['}', ':']);
        let is_count = inside.contains(':') && after.starts_with('$') && !inside.ends_with(is_name);
        braces % 2 == 1 && (is_argument || is_count)
    };
    let mut places = Vec::new();
    for (at, _) in literal.match_indices(name) {
        if is_place(at) {
            places.push(at);
        }
    }
    places
}

fn renamed_in(literal: &Literal, from: &str, to: &str) -> Option<Literal> {
    let mut text = literal.to_string();
    for at in places(&text, from).into_iter().rev() {
        text = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
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
