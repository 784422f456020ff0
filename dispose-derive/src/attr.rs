//! `#[unmanaged(…)]` and `#[dispose(…)]`, read into options that keep what the user typed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Error, LitStr, Meta, Path, Token, parenthesized};

use crate::errors::Errors;
use crate::value::{self, Callee};

/// Where a key may stand, and how it is written: the one table that drives matching and messages.
struct Key {
    name: &'static str,
    /// The right form, for messages.
    form: &'static str,
}

const fn key(name: &'static str, form: &'static str) -> Key {
    Key { name, form }
}

const UNMANAGED: [Key; 6] = [
    key("release", RELEASE),
    key("invalid", "`invalid = -1` or `invalid = [0, -1]`"),
    key("check", "`check = status::zero` or `check = |status| …`"),
    key("on_error", "`on_error = keep` or `on_error = consume`"),
    key("each", "`each`"),
    key("always", "`always`"),
];
const TYPE: [Key; 5] = [
    key("before", "`before = Self::flush` or `before = |this| …`"),
    key("explicit", "`explicit`"),
    key("on_drop", "`on_drop = ignore`"),
    key("clone", "`clone`"),
    key("crate", "`crate = path::to::dispose_core`"),
];
const FIELD: [Key; 1] = [key("skip", "`skip`")];

const RELEASE: &str = "`release = close`, `release = \"close\"` or `release = |value| …`";

/// The options of an `#[unmanaged(…)]` field.
#[derive(Default)]
pub(crate) struct Unmanaged {
    pub(crate) release: Option<Release>,
    /// `[E, …]`
    pub(crate) invalid: Option<TokenStream>,
    pub(crate) check: Option<Callee>,
    /// The word `keep`.
    pub(crate) keep: Option<Ident>,
    pub(crate) each: Option<Ident>,
    pub(crate) always: Option<Ident>,
}

pub(crate) struct Release {
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) callee: Callee,
}

/// The options of the type.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) before: Option<Callee>,
    pub(crate) explicit: Option<Ident>,
    pub(crate) ignore_errors: Option<Ident>,
    pub(crate) clone: Option<Ident>,
    pub(crate) krate: Option<Path>,
}

/// What a field's attributes make of it.
pub(crate) enum Role {
    /// Ordinary Rust.
    Untracked,
    Unmanaged(Box<Unmanaged>),
    Part,
    Skipped,
    /// Its attribute could not be read, which has been reported.
    Broken,
}

pub(crate) fn container(attrs: &[Attribute], errors: &mut Errors) -> Container {
    let mut options = Container::default();
    let mut seen = Vec::new();
    for attr in attrs {
        if attr.path().is_ident("unmanaged") {
            errors.at(attr, "`#[unmanaged(…)]` belongs on a field");
        }
        if !attr.path().is_ident("dispose") {
            continue;
        }
        let level = Level { attribute: "dispose", place: "type", keys: &TYPE };
        let Some(list) = level.list(attr, errors) else { continue };
        level.read(list, &mut seen, errors, &mut |item, input, errors| {
            match item {
                "before" => options.before = callee(input, "before", level.form("before"), errors)?,
                "explicit" => options.explicit = Some(flag(input)?),
                "on_drop" => options.ignore_errors = Some(word(input, &["ignore"])?),
                "clone" => options.clone = Some(flag(input)?),
                _ => options.krate = Some(path(input)?),
            }
            Ok(())
        });
    }
    options
}

/// A variant takes no attribute of ours.
pub(crate) fn variant(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs {
        if attr.path().is_ident("unmanaged") || attr.path().is_ident("dispose") {
            let name = attr.path().to_token_stream();
            errors.at(attr, &format!("`#[{name}]` belongs on a field of the variant"));
        }
    }
}

pub(crate) fn field(attrs: &[Attribute], errors: &mut Errors) -> Role {
    let ours =
        |name: &str| attrs.iter().filter(|attr| attr.path().is_ident(name)).collect::<Vec<_>>();
    let (unmanaged_attrs, dispose_attrs) = (ours("unmanaged"), ours("dispose"));
    for attr in unmanaged_attrs.iter().skip(1) {
        errors.at(attr, "duplicate `#[unmanaged(…)]`; put all keys into one");
    }
    for attr in dispose_attrs.iter().skip(1) {
        errors.at(attr, "duplicate `#[dispose]`; leave one, or `#[dispose(skip)]` alone");
    }
    match (unmanaged_attrs.first(), dispose_attrs.first()) {
        (None, None) => Role::Untracked,
        (Some(attr), None) => unmanaged(attr, errors),
        (None, Some(attr)) => part(attr, errors),
        (Some(_), Some(attr)) => {
            errors.at(
                attr,
                "a field is either `#[unmanaged(…)]`, released by a function, or `#[dispose]`, itself disposable, or `#[dispose(skip)]`, not ours to release; leave one",
            );
            Role::Broken
        }
    }
}

fn unmanaged(attr: &Attribute, errors: &mut Errors) -> Role {
    let level = Level { attribute: "unmanaged", place: "field", keys: &UNMANAGED };
    let Some(list) = level.list(attr, errors) else { return Role::Broken };
    let mut options = Unmanaged::default();
    let mut seen = Vec::new();
    let complete = level.read(list, &mut seen, errors, &mut |item, input, errors| {
        match item {
            "release" => {
                options.release = callee(input, "release", RELEASE, errors)?
                    .map(|callee| Release { unsafety: None, callee });
            }
            "unsafe" => options.release = unsafe_release(input, errors)?,
            "invalid" => options.invalid = Some(invalid(input)?),
            "check" => options.check = callee(input, "check", level.form("check"), errors)?,
            "on_error" => {
                let word = word(input, &["keep", "consume"])?;
                options.keep = (word == "keep").then_some(word);
            }
            "each" => options.each = Some(flag(input)?),
            _ => options.always = Some(flag(input)?),
        }
        Ok(())
    });
    if options.release.is_some() {
        return Role::Unmanaged(Box::new(options));
    }
    if complete && !seen.iter().any(|name| name == "release") {
        errors.at(attr, &format!("`#[unmanaged(…)]` needs `release`: {RELEASE}"));
    }
    Role::Broken
}

fn part(attr: &Attribute, errors: &mut Errors) -> Role {
    if let Meta::Path(_) = attr.meta {
        return Role::Part;
    }
    let level = Level { attribute: "dispose", place: "field", keys: &FIELD };
    let Some(list) = level.list(attr, errors) else { return Role::Broken };
    let mut seen = Vec::new();
    let complete =
        level.read(list, &mut seen, errors, &mut |_, input, _| Ok(flag(input).map(drop)?));
    if complete { Role::Skipped } else { Role::Broken }
}

/// An attribute's name, where it stands, and the keys it has there.
#[derive(Clone, Copy)]
struct Level {
    attribute: &'static str,
    place: &'static str,
    keys: &'static [Key],
}

/// Reads one item; `Err(None)` says that its value is missing or no expression.
type Read<'a> = dyn FnMut(&str, ParseStream<'_>, &mut Errors) -> Result<(), Option<Error>> + 'a;

impl Level {
    fn form(self, name: &str) -> &'static str {
        self.keys.iter().find(|key| key.name == name).map_or("", |key| key.form)
    }

    /// What is in the parentheses, which must be there and not be empty.
    fn list(self, attr: &Attribute, errors: &mut Errors) -> Option<TokenStream> {
        let found = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => return Some(list.tokens.clone()),
            Meta::List(_) => "is empty",
            Meta::Path(_) => "needs keys in parentheses",
            Meta::NameValue(_) => "takes its keys in parentheses",
        };
        let Self { attribute, .. } = self;
        let expected = match (attribute, self.place) {
            ("unmanaged", _) => format!("`#[unmanaged(release = …)]` with {RELEASE}"),
            (_, "field") => "`#[dispose]` or `#[dispose(skip)]`".into(),
            _ => format!("one of {}", self.names()),
        };
        errors.at(attr, &format!("`#[{attribute}]` {found}; expected {expected}"));
        None
    }

    fn names(self) -> String {
        let names: Vec<_> = self.keys.iter().map(|key| format!("`{}`", key.name)).collect();
        names.join(", ")
    }

    /// Reads `key, key = value, …`, and answers whether all items could be read; a mistake in one
    /// does not hide those in the next.
    fn read(
        self,
        list: TokenStream,
        seen: &mut Vec<String>,
        errors: &mut Errors,
        read: &mut Read<'_>,
    ) -> bool {
        let mut complete = true;
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = self.item(input, seen, errors, read) {
                    errors.push(error);
                    complete = false;
                    skip_to_comma(input);
                }
                if !input.is_empty() && !input.peek(Token![,]) {
                    let rest = skip_to_comma(input);
                    errors.at(
                        rest,
                        &format!("expected `,` before the next key of `#[{}]`", self.attribute),
                    );
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(list) {
            errors.push(error);
            complete = false;
        }
        complete
    }

    /// One item. It stays in front of the key while a value is parsed, see [`value::assigned`].
    fn item(
        self,
        input: ParseStream<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
        read: &mut Read<'_>,
    ) -> Result<(), Error> {
        let ahead = input.fork();
        let Ok(found) = ahead.call(Ident::parse_any) else {
            let message = format!("expected a key of `#[{}]`: {}", self.attribute, self.names());
            let at = input.span();
            let rest = skip_to_comma(input);
            // Before a comma there is nothing to underline but the comma.
            return Err(if rest.is_empty() {
                Error::new(at, message)
            } else {
                Error::new_spanned(rest, message)
            });
        };
        let name = found.unraw().to_string();
        // `unsafe(release = …)` is a form of `release`.
        let known =
            if name == "unsafe" && self.attribute == "unmanaged" { "release" } else { &name };
        if !self.keys.iter().any(|key| key.name == known) {
            let message = self.unknown(&name);
            skip_to_comma(input);
            return Err(Error::new_spanned(found, message));
        }
        let is_release =
            || name != "unsafe" || unsafe_key(&ahead).is_none_or(|key| key == "release");
        if seen.iter().any(|seen| seen == known) && is_release() {
            let item = skip_to_comma(input);
            return Err(Error::new_spanned(item, format!("duplicate key `{known}`")));
        }
        seen.push(known.to_owned());
        let start = input.fork();
        read(&name, input, errors).map_err(|error| {
            error.unwrap_or_else(|| unreadable(&start, input, known, self.form(known)))
        })
    }

    fn unknown(self, name: &str) -> String {
        let Self { attribute, place, keys } = self;
        let other = |keys: &[Key]| keys.iter().any(|key| key.name == name);
        let belongs = match attribute {
            _ if place == "field" && other(&TYPE) => Some("`#[dispose(…)]` on the type"),
            "dispose" if other(&UNMANAGED) => Some("`#[unmanaged(…)]` on a field"),
            _ if other(&FIELD) => Some("`#[dispose(…)]` on a field"),
            _ => None,
        };
        let hint = match (belongs, nearest(name, keys)) {
            (Some(belongs), _) => format!("it belongs in {belongs}"),
            (None, Some(near)) if keys.len() == 1 => format!("did you mean `{near}`?"),
            (None, Some(near)) => format!("did you mean `{near}`? The keys are {}", self.names()),
            (None, None) if keys.len() == 1 => format!("the only key is {}", self.names()),
            (None, None) => format!("expected one of {}", self.names()),
        };
        format!("unknown {attribute} {place} key `{name}`; {hint}")
    }
}

/// The key that was probably meant.
fn nearest(name: &str, keys: &[Key]) -> Option<&'static str> {
    keys.iter()
        .map(|key| (distance(name, key.name), key.name))
        .filter(|(distance, near)| *distance <= near.len().div_ceil(3))
        .min()
        .map(|(_, near)| near)
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// `key` alone.
fn flag(input: ParseStream<'_>) -> Result<Ident, Error> {
    let key = input.call(Ident::parse_any)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(key);
    }
    let rest = skip_to_comma(input);
    Err(Error::new_spanned(rest, format!("`{key}` takes no value; write `{key}`")))
}

/// `key = word`, one of `words`.
fn word(input: ParseStream<'_>, words: &[&str]) -> Result<Ident, Error> {
    let key = input.fork().call(Ident::parse_any)?;
    let item = input.fork();
    let found = value::assigned(input).and_then(|value| syn::parse2::<Ident>(value).ok());
    match found {
        Some(word) if words.iter().any(|known| word == known) => Ok(word),
        _ => {
            let forms: Vec<_> = words.iter().map(|word| format!("`{key} = {word}`")).collect();
            let item = skip_to_comma(&item);
            let value: TokenStream = item.clone().into_iter().skip(2).collect();
            let at = if value.is_empty() { item } else { value };
            Err(Error::new_spanned(at, format!("expected {}", forms.join(" or "))))
        }
    }
}

/// `crate = path`; a string may hold it too.
fn path(input: ParseStream<'_>) -> Result<Path, Error> {
    let key = input.call(Ident::parse_any)?;
    let path = if input.parse::<Option<Token![=]>>()?.is_none() {
        None
    } else if input.peek(LitStr) {
        input.fork().parse::<LitStr>()?.parse_with(Path::parse_mod_style).ok().inspect(|_| {
            let _ = input.parse::<LitStr>();
        })
    } else {
        input.call(Path::parse_mod_style).ok()
    };
    match path {
        Some(path) if input.is_empty() || input.peek(Token![,]) => Ok(path),
        _ => {
            let rest = skip_to_comma(input);
            let at = if rest.is_empty() { key.into_token_stream() } else { rest };
            Err(Error::new_spanned(at, "expected `crate = path::to::dispose_core`"))
        }
    }
}

/// `invalid = E` or `invalid = [E, …]`, as an array.
fn invalid(input: ParseStream<'_>) -> Result<TokenStream, Option<Error>> {
    let value = value::assigned(input).ok_or(None)?;
    let mut tokens = value.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Bracket => {
            if group.stream().is_empty() {
                return Err(Some(Error::new_spanned(
                    value,
                    "`invalid` needs at least one value, such as `invalid = -1` or `invalid = [0, -1]`",
                )));
            }
            Ok(value)
        }
        _ => {
            let mut array = proc_macro2::Group::new(Delimiter::Bracket, value.clone());
            if let Some(first) = value.into_iter().next() {
                array.set_span(first.span().resolved_at(proc_macro2::Span::call_site()));
            }
            Ok(TokenTree::Group(array).into_token_stream())
        }
    }
}

/// `key = F`. `None` if it was read and reported.
fn callee(
    input: ParseStream<'_>,
    key: &str,
    form: &str,
    errors: &mut Errors,
) -> Result<Option<Callee>, Option<Error>> {
    // Most are paths, which need no detour.
    if let Some(path) = value::assigned_path(input) {
        return Ok(Some(Callee::Path(path)));
    }
    let value = value::assigned(input).ok_or(None)?;
    match Callee::from_tokens(value.clone()) {
        Some(Callee::Closure(closure)) if closure.takes_nothing => {
            let what = if key == "before" { "a reference to the owner" } else { "the value" };
            errors.at(
                closure.parameters,
                &format!(
                    "the closure takes {what} as its parameter: `{key} = |{}| …`",
                    if key == "before" { "this" } else { "value" }
                ),
            );
            Ok(None)
        }
        Some(callee) => Ok(Some(callee)),
        None => {
            errors.at(
                value,
                &format!("the value of `{key}` is neither a path nor a closure; expected {form}"),
            );
            Ok(None)
        }
    }
}

/// The first key in `unsafe(…)`, for a stream behind the `unsafe`.
fn unsafe_key(input: ParseStream<'_>) -> Option<Ident> {
    let Ok(TokenTree::Group(group)) = input.fork().parse() else { return None };
    let key = |input: ParseStream<'_>| {
        let key = input.call(Ident::parse_any)?;
        input.parse::<TokenStream>().map(|_| key)
    };
    key.parse2(group.stream()).ok()
}

/// `unsafe(release = F)`
fn unsafe_release(input: ParseStream<'_>, errors: &mut Errors) -> Result<Option<Release>, Error> {
    let form = "`unsafe(release = close)` or `unsafe(release = |value| …)`";
    let unsafety: Token![unsafe] = input.parse()?;
    if !input.peek(syn::token::Paren) {
        let rest = skip_to_comma(input);
        let at = if rest.is_empty() { unsafety.to_token_stream() } else { rest };
        return Err(Error::new_spanned(at, format!("expected {form}")));
    }
    let content;
    parenthesized!(content in input);
    let key = content.fork().call(Ident::parse_any);
    match key {
        Ok(key) if key == "release" => {}
        Ok(key) => {
            let rest = skip_to_end(&content);
            return Err(Error::new_spanned(
                rest,
                format!("only `release` can be unsafe, not `{key}`; expected {form}"),
            ));
        }
        Err(_) => {
            let rest = skip_to_end(&content);
            let at = if rest.is_empty() { unsafety.to_token_stream() } else { rest };
            return Err(Error::new_spanned(at, format!("expected {form}")));
        }
    }
    let start = content.fork();
    let callee = callee(&content, "release", form, errors)
        .map_err(|error| error.unwrap_or_else(|| unreadable(&start, &content, "release", form)));
    if callee.is_err() {
        skip_to_end(&content);
    }
    content.parse::<Option<Token![,]>>()?;
    if !content.is_empty() {
        let rest = skip_to_end(&content);
        errors.at(rest, "only `release` goes inside `unsafe(…)`; move the other keys behind it");
    }
    Ok(callee?.map(|callee| Release { unsafety: Some(unsafety), callee }))
}

/// Where a malformed value ends cannot be told, so with bars in it the rest of the attribute counts
/// as it.
fn unreadable(start: ParseStream<'_>, input: ParseStream<'_>, key: &str, form: &str) -> Error {
    let rest: TokenStream = start.fork().parse().unwrap_or_default();
    let bars = rest
        .into_iter()
        .any(|token| matches!(token, TokenTree::Punct(bar) if bar.as_char() == '|'));
    let item = if bars { skip_to_end(start) } else { skip_to_comma(start) };
    if bars {
        skip_to_end(input);
    }
    let is_missing = item.clone().into_iter().count() <= 2;
    let what = if is_missing { "needs a value" } else { "has a malformed value" };
    Error::new_spanned(item, format!("`{key}` {what}; expected {form}"))
}

fn skip_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        skipped.extend(input.parse::<TokenTree>());
    }
    skipped
}

fn skip_to_end(input: ParseStream<'_>) -> TokenStream {
    input.parse().unwrap_or_default()
}
