//! `#[unmanaged(…)]` and `#[dispose(…)]`, read into options that keep what the user typed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, LitStr, Path, Token, Type, parenthesized};

use crate::begun::Begun;
use crate::closure::Closure;
use crate::errors::Errors;
use crate::item::{Attr, Form};
use crate::keys::{
    Level, is_unsafe, skip_to_comma, skip_to_end, unreadable, unsafe_is_around, unspaced,
};
use crate::names::mention;
use crate::value::{self, Callee, Invalid};

/// The options of an `#[unmanaged(…)]` field.
#[derive(Default)]
pub(crate) struct Unmanaged {
    pub(crate) release: Option<Release>,
    pub(crate) release_async: Option<Release>,
    pub(crate) invalid: Option<Invalid>,
    pub(crate) check: Option<Callee>,
    pub(crate) keep: Option<Keep>,
    pub(crate) drop: Option<Release>,
    pub(crate) clone: Option<Release>,
    pub(crate) each: Option<Ident>,
    pub(crate) always: Option<Ident>,
    /// The `unsafe` of `unsafe(always)`.
    pub(crate) always_unsafety: Option<Token![unsafe]>,
}

/// `on_error = keep` or `on_error = keep_if(P)`
pub(crate) struct Keep {
    /// The word `keep` or `keep_if`.
    pub(crate) word: Ident,
    /// `P`
    pub(crate) is_alive: Option<Callee>,
}

/// A function of the user's that takes a value of a field, or the owner.
pub(crate) struct Release {
    /// The word `release`, `release_async`, `drop`, `clone` or `before`.
    pub(crate) key: Ident,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) callee: Callee,
}

/// Writes all of `release = F`, for a message.
impl ToTokens for Release {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.unsafety.to_tokens(tokens);
        self.key.to_tokens(tokens);
        self.callee.to_tokens(tokens);
    }
}

/// The options of the type.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) before: Option<Release>,
    pub(crate) explicit: Option<Ident>,
    pub(crate) on_drop: Option<OnDrop>,
    pub(crate) clone: Option<Ident>,
    pub(crate) default: Option<Ident>,
    pub(crate) forget: Option<Ident>,
    pub(crate) error: Option<CloseError>,
    pub(crate) borrowed: Option<Ident>,
    pub(crate) lent: Vec<Lent>,
    pub(crate) krate: Option<Path>,
}

/// `error = E`
pub(crate) struct CloseError {
    /// The word `error`.
    pub(crate) key: Ident,
    pub(crate) ty: Type,
}

/// `unsafe(as_fd)`, or another word that is a promise.
pub(crate) struct Lent {
    pub(crate) unsafety: Token![unsafe],
    /// The word in the parentheses.
    pub(crate) word: Ident,
}

/// The function that receives errors in `Drop` instead of the hook.
pub(crate) enum OnDrop {
    Ignore,
    To(Callee),
}

/// The role that a field's attributes give it.
pub(crate) enum Role {
    /// Ordinary Rust.
    Untracked,
    Unmanaged(Box<Unmanaged>),
    Part(Part),
    Skipped,
    /// Its attribute could not be read, which has been reported.
    Broken,
}

/// The options of a `#[dispose]` field.
#[derive(Default)]
pub(crate) struct Part {
    /// The word `async`.
    pub(crate) asynchrony: Option<Ident>,
}

pub(crate) fn container(attrs: &[Attr<'_>], errors: &mut Errors) -> Container {
    let mut options = Container::default();
    let mut seen = Vec::new();
    for attr in attrs {
        if attr.is("unmanaged") {
            let key = first_key(attr).filter(|key| Level::TYPE.has(key));
            let instead = key.map_or_else(String::new, |key| {
                format!(", and `{key}` into `#[dispose(…)]` on the type")
            });
            errors.at(attr, &format!("`#[unmanaged(…)]` belongs on a field{instead}"));
        }
        if !attr.is("dispose") {
            continue;
        }
        let level = Level::TYPE;
        if !level.is_list(attr, errors) {
            continue;
        }
        level.read(attr, &mut seen, errors, &mut |item, input, errors| {
            match item {
                "before" => options.before = release(input, "before", level, errors)?,
                "unsafe" => match promised(input, &["as_fd", "as_handle", "as_socket"])? {
                    Some(lent) => options.lent.push(lent),
                    None => options.before = unsafe_release(input, level, errors)?,
                },
                "as_fd" | "as_handle" | "as_socket" => return Err(Some(not_promised(input)?)),
                "borrowed" => options.borrowed = Some(name(input, level)?),
                "explicit" => options.explicit = Some(flag(input)?),
                "on_drop" => options.on_drop = on_drop(input, level, errors)?,
                "clone" => options.clone = Some(allowed_clone(input)?),
                "default" => options.default = Some(flag(input)?),
                "forget" => options.forget = Some(flag(input)?),
                "error" => options.error = Some(error(input, level)?),
                "crate" => options.krate = Some(path(input)?),
                key => unreachable!("`{key}` is in the table of keys"),
            }
            Ok(())
        });
    }
    options
}

fn first_key(attr: &Attr<'_>) -> Option<String> {
    match attr.list()?.into_iter().next()? {
        TokenTree::Ident(key) => Some(key.to_string()),
        _ => None,
    }
}

/// A variant takes no attribute of ours.
pub(crate) fn variant(attrs: &[Attr<'_>], errors: &mut Errors) {
    for attr in attrs {
        errors.at(attr, &format!("`#[{}]` belongs on a field of the variant", attr.name));
    }
}

/// `name` is the field's, or `value` in a tuple.
pub(crate) fn field(attrs: &[Attr<'_>], name: &str, errors: &mut Errors) -> Role {
    let (mut first_unmanaged, mut first_dispose) = (None, None);
    for attr in attrs {
        let (first, message) = if attr.is("unmanaged") {
            (&mut first_unmanaged, "duplicate `#[unmanaged(…)]`; put all keys into one")
        } else {
            (&mut first_dispose, "duplicate `#[dispose]`; leave one, or `#[dispose(skip)]` alone")
        };
        if first.is_some() {
            errors.at(attr, message);
        } else {
            *first = Some(attr);
        }
    }
    match (first_unmanaged, first_dispose) {
        (None, None) => Role::Untracked,
        (Some(attr), None) => unmanaged(attr, name, errors),
        (None, Some(attr)) => part(attr, errors),
        (Some(unmanaged_attr), Some(attr)) => {
            // If a key belongs elsewhere, that is the mistake, and not that there are two attributes.
            if let Role::Broken = part(attr, errors) {
                return unmanaged(unmanaged_attr, name, errors);
            }
            errors.at(
                attr,
                "a field is either `#[unmanaged(…)]`, released by a function, or `#[dispose]`, itself disposable, or `#[dispose(skip)]`, not ours to release; leave one",
            );
            Role::Broken
        }
    }
}

fn unmanaged(attr: &Attr<'_>, name: &str, errors: &mut Errors) -> Role {
    let level = Level::unmanaged(name);
    if !level.is_list(attr, errors) {
        return Role::Broken;
    }
    let mut options = Unmanaged::default();
    let mut seen = Vec::new();
    let complete = level.read(attr, &mut seen, errors, &mut |item, input, errors| {
        match item {
            "release" => options.release = release(input, "release", level, errors)?,
            "release_async" => {
                options.release_async = release(input, "release_async", level, errors)?;
            }
            "drop" => options.drop = release(input, "drop", level, errors)?,
            "clone" => options.clone = release(input, "clone", level, errors)?,
            "unsafe" => match promised(input, &["always"])? {
                Some(Lent { unsafety, word }) => {
                    (options.always, options.always_unsafety) = (Some(word), Some(unsafety));
                }
                None => match unsafe_release(input, level, errors)? {
                    Some(release) if release.key == "release_async" => {
                        options.release_async = Some(release);
                    }
                    Some(release) if release.key == "drop" => options.drop = Some(release),
                    Some(release) if release.key == "clone" => options.clone = Some(release),
                    release => options.release = release,
                },
            },
            "invalid" => options.invalid = Some(invalid(input)?),
            "check" => options.check = callee(input, "check", level, errors)?,
            "on_error" => options.keep = on_error(input, level, errors)?,
            "each" => options.each = Some(flag(input)?),
            "always" => options.always = Some(flag(input)?),
            key => unreachable!("`{key}` is in the table of keys"),
        }
        Ok(())
    });
    if options.release.is_some() || options.release_async.is_some() {
        return Role::Unmanaged(Box::new(options));
    }
    if complete && !seen.iter().any(|name| name.starts_with("release")) {
        errors.at(attr, &format!("`#[unmanaged(…)]` needs `release`: {}", level.form("release")));
    }
    Role::Broken
}

fn part(attr: &Attr<'_>, errors: &mut Errors) -> Role {
    if let Form::Nothing = attr.form() {
        return Role::Part(Part::default());
    }
    let level = Level::FIELD;
    if !level.is_list(attr, errors) {
        return Role::Broken;
    }
    let mut seen = Vec::new();
    let mut words = Vec::new();
    level.read(attr, &mut seen, errors, &mut |_, input, _| {
        words.push(flag(input)?);
        Ok(())
    });
    match words.pop() {
        Some(second) if !words.is_empty() => {
            errors.at(
                second,
                "`async` is for a field to dispose of, `skip` for one to leave alone; leave one",
            );
            Role::Broken
        }
        Some(word) if word == "skip" => Role::Skipped,
        Some(word) => Role::Part(Part { asynchrony: Some(word) }),
        None => Role::Broken,
    }
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

/// `clone` alone. With a value it is the field's key of that name.
fn allowed_clone(input: ParseStream<'_>) -> Result<Ident, Error> {
    let item = input.fork();
    flag(input).map_err(|_| {
        Error::new_spanned(
            skip_to_comma(&item),
            "`clone = …` belongs in `#[unmanaged(…)]` on the field, where it implements `Clone`; `clone` on the type takes no value, and only allows an `impl Clone` by hand",
        )
    })
}

/// `on_error = keep`, `keep_if(P)` or `consume`, which is the default.
fn on_error(
    input: ParseStream<'_>,
    level: Level<'_>,
    errors: &mut Errors,
) -> Result<Option<Keep>, Error> {
    let item = input.fork();
    let mut value = value::assigned(input).unwrap_or_default().into_iter();
    match (value.next(), value.next(), value.next()) {
        (Some(TokenTree::Ident(word)), None, None) if word == "keep" => {
            Ok(Some(Keep { word, is_alive: None }))
        }
        (Some(TokenTree::Ident(word)), None, None) if word == "consume" => Ok(None),
        (Some(TokenTree::Ident(word)), Some(TokenTree::Group(group)), None)
            if word == "keep_if"
                && group.delimiter() == Delimiter::Parenthesis
                && !group.stream().is_empty() =>
        {
            let question = value::ungrouped(group.stream());
            let is_alive = called(question, "on_error", level, errors);
            Ok(is_alive.map(|is_alive| Keep { word, is_alive: Some(is_alive) }))
        }
        (first, second, _) => {
            // A word alone may be one that is still being typed.
            errors.begun.extend(match (first, second) {
                (Some(TokenTree::Ident(key)), None) => {
                    Some(Begun { module: "on_error_words", key })
                }
                (None, _) => Some(Begun::at("on_error_words", item.span())),
                _ => None,
            });
            Err(unexpected(&item, "on_error", level))
        }
    }
}

/// `on_drop = ignore` or `on_drop = P`.
fn on_drop(
    input: ParseStream<'_>,
    level: Level<'_>,
    errors: &mut Errors,
) -> Result<Option<OnDrop>, Error> {
    let item = input.fork();
    let value = value::assigned(input).unwrap_or_default();
    if syn::parse2::<Ident>(value.clone()).is_ok_and(|word| word == "ignore") {
        return Ok(Some(OnDrop::Ignore));
    }
    if value.is_empty() {
        return Err(unexpected(&item, "on_drop", level));
    }
    Ok(called(value, "on_drop", level, errors).map(OnDrop::To))
}

/// `error = E`.
fn error(input: ParseStream<'_>, level: Level<'_>) -> Result<CloseError, Error> {
    let item = input.fork();
    let key = input.call(Ident::parse_any)?;
    let ty = input.parse::<Token![=]>().and_then(|_| value::whole::<Type>(input));
    match ty {
        Ok(ty) if input.is_empty() || input.peek(Token![,]) => Ok(CloseError { key, ty }),
        _ => {
            skip_to_comma(input);
            Err(unexpected(&item, "error", level))
        }
    }
}

/// Says what was expected, at the value if there is one.
fn unexpected(item: ParseStream<'_>, key: &str, level: Level<'_>) -> Error {
    let item = skip_to_comma(item);
    let value: TokenStream = item.clone().into_iter().skip(2).collect();
    let at = if value.is_empty() { item } else { value };
    Error::new_spanned(at, format!("expected {}", level.form(key)))
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
    path.ok_or_else(|| {
        let rest = skip_to_comma(input);
        let at = if rest.is_empty() { key.into_token_stream() } else { rest };
        Error::new_spanned(at, "expected `crate = path::to::dispose_core`")
    })
}

/// `borrowed = Name`.
fn name(input: ParseStream<'_>, level: Level<'_>) -> Result<Ident, Error> {
    let item = input.fork();
    let value = value::assigned(input).unwrap_or_default();
    syn::parse2(value).map_err(|_| unexpected(&item, "borrowed", level))
}

/// `unsafe(word)` with one of the words; `None` for anything else, which stays in the input.
fn promised(input: ParseStream<'_>, words: &[&str]) -> Result<Option<Lent>, Error> {
    let ahead = input.fork();
    let unsafety: Token![unsafe] = ahead.parse()?;
    let Some((inside, ..)) = ahead.cursor().any_group() else { return Ok(None) };
    match inside.ident() {
        Some((word, _)) if words.iter().any(|known| word == known) => {}
        _ => return Ok(None),
    }
    input.parse::<Token![unsafe]>()?;
    let content;
    parenthesized!(content in input);
    let word = flag(&content)?;
    content.parse::<Option<Token![,]>>()?;
    if !content.is_empty() {
        let rest = skip_to_end(&content);
        let message =
            format!("only `{word}` goes inside of its `unsafe(…)`; move the rest behind it");
        return Err(Error::new_spanned(rest, message));
    }
    Ok(Some(Lent { unsafety, word }))
}

/// `as_fd` alone.
fn not_promised(input: ParseStream<'_>) -> Result<Error, Error> {
    let word = flag(input)?;
    let message = format!(
        "`{word}` is a promise that the field holds a descriptor of its own, open as long as the value holds it; write `unsafe({word})`"
    );
    Ok(Error::new_spanned(word, message))
}

/// `invalid = E` or `invalid = [E, …]`
fn invalid(input: ParseStream<'_>) -> Result<Invalid, Option<Error>> {
    if let Some(number) = Invalid::assigned_number(input) {
        return Ok(number);
    }
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
            // `[E; 0]` would be no value at all, and the field never released.
            if group.stream().into_iter().any(is_semicolon) {
                return Err(Some(Error::new_spanned(
                    value,
                    "`invalid` takes a list of values, such as `invalid = [0, -1]`; a value that is itself an array is written in brackets of its own, such as `invalid = [[0; 16]]`",
                )));
            }
            Ok(Invalid::List(group))
        }
        _ if alternates(&value) => Err(Some(Error::new_spanned(
            value,
            "`invalid` takes several values as a list, such as `invalid = [-1, -2]`",
        ))),
        _ => Ok(Invalid::List(value::array(value))),
    }
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

/// Reads `key = F`. Returns `None` if the value is wrong, which has been reported.
fn callee(
    input: ParseStream<'_>,
    key: &str,
    level: Level<'_>,
    errors: &mut Errors,
) -> Result<Option<Callee>, Option<Error>> {
    // Most are paths or simple closures, which need no detour.
    if let Some(closure) = Closure::assigned_simple(input) {
        return Ok(Some(Callee::Closure(closure)));
    }
    if let Some(path) = value::assigned_path(input) {
        return Ok(Some(Callee::Path(path)));
    }
    let value = value::assigned(input).ok_or(None)?;
    Ok(called(value, key, level, errors))
}

/// Returns a path or a closure, or `None` if it is neither, which has been reported.
fn called(value: TokenStream, key: &str, level: Level<'_>, errors: &mut Errors) -> Option<Callee> {
    match Callee::from_tokens(value.clone()) {
        Some(Callee::Closure(closure)) if closure.takes_nothing => {
            let form = level.form(key);
            errors.at(
                closure.parameters,
                &format!("the closure of `{key}` takes one parameter; expected {form}"),
            );
            None
        }
        Some(Callee::Closure(Closure { asynchrony: Some(word), .. })) if key != "release_async" => {
            errors.at(
                word,
                &format!("nothing awaits `{key}`; an async closure is for `release_async`, under `derive(Dispose, AsyncDispose)`"),
            );
            None
        }
        Some(Callee::Closure(closure)) if mention(&closure.parameters, "self").is_some() => {
            let form = level.form(key);
            errors.at(
                closure.parameters,
                &format!("`self` is the owner in the closure of `{key}`, so its parameter has another name; expected {form}"),
            );
            None
        }
        Some(callee) => Some(callee),
        None if value.clone().into_iter().any(|token| is_unsafe(&token))
            && level.can_be_unsafe(key) =>
        {
            let message = unsafe_is_around(key, &value);
            errors.at(value, &message);
            None
        }
        None if begins_with_attribute(&value) => {
            errors.at(
                value,
                &format!("`{key}` takes no attribute with its value; put it on the field, or into the braces of the closure"),
            );
            None
        }
        None => {
            let form = level.form(key);
            if let Some(function) = called_function(&value) {
                let more = level.more_arguments(key, &function);
                errors.at(
                    value,
                    &format!(
                        "`{key}` takes a function, and this calls one; expected {form}; with more arguments: {more}"
                    ),
                );
                return None;
            }
            errors.at(
                value,
                &format!("the value of `{key}` is neither a path nor a closure; expected {form}"),
            );
            None
        }
    }
}

fn begins_with_attribute(value: &TokenStream) -> bool {
    matches!(value.clone().into_iter().next(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#')
}

/// The `close` of `close(fd)`.
fn called_function(value: &TokenStream) -> Option<String> {
    let Ok(Expr::Call(call)) = syn::parse2(value.clone()) else { return None };
    matches!(*call.func, Expr::Path(_)).then(|| unspaced(call.func))
}

/// `release = F`, or another key with a function that takes a value.
fn release(
    input: ParseStream<'_>,
    name: &str,
    level: Level<'_>,
    errors: &mut Errors,
) -> Result<Option<Release>, Option<Error>> {
    let key = input.fork().call(Ident::parse_any)?;
    let callee = callee(input, name, level, errors)?;
    Ok(callee.map(|callee| Release { key, unsafety: None, callee }))
}

/// `unsafe(release = F)`, or another key that can be unsafe.
fn unsafe_release(
    input: ParseStream<'_>,
    level: Level<'_>,
    errors: &mut Errors,
) -> Result<Option<Release>, Error> {
    let form = || level.form("unsafe");
    let unsafety: Token![unsafe] = input.parse()?;
    if !input.peek(syn::token::Paren) {
        let mut item = unsafety.to_token_stream();
        item.extend(skip_to_comma(input));
        let message = format!("`unsafe` goes around the key; expected {}", form());
        return Err(Error::new_spanned(item, message));
    }
    let content;
    parenthesized!(content in input);
    let key = content.fork().call(Ident::parse_any);
    let name = key.as_ref().map(ToString::to_string).unwrap_or_default();
    let is_key = level.can_be_unsafe(&name);
    if !is_key || content.peek2(Token![::]) {
        if let Some(error) = level.function_without_key(&content, &[], true) {
            errors.begun.extend(key.map(|key| level.begun_unsafe(key)));
            skip_to_end(&content);
            return Err(error);
        }
    }
    let name = match key {
        Ok(_) if is_key => name,
        Ok(key) => {
            errors.begun.push(level.begun_unsafe(key.clone()));
            let rest = skip_to_end(&content);
            let hint = match level.belongs_unsafe(&key.to_string()) {
                Some(place) => format!("`unsafe({key} = …)` belongs in {place}"),
                None => format!("expected {}", form()),
            };
            let message =
                format!("only {} can be unsafe, not `{key}`; {hint}", level.unsafe_names());
            return Err(Error::new_spanned(rest, message));
        }
        Err(_) => {
            let rest = skip_to_end(&content);
            let at = if rest.is_empty() { unsafety.to_token_stream() } else { rest };
            return Err(Error::new_spanned(at, format!("expected {}", form())));
        }
    };
    let start = content.fork();
    let release = release(&content, &name, level, errors)
        .map_err(|error| error.unwrap_or_else(|| unreadable(&start, &content, &name, &form())));
    if release.is_err() {
        skip_to_end(&content);
    }
    content.parse::<Option<Token![,]>>()?;
    if !content.is_empty() {
        let rest = skip_to_end(&content);
        errors.at(
            rest,
            &format!(
                "only one key goes inside `unsafe(…)`, one of {}; move the others behind it",
                level.unsafe_names()
            ),
        );
    }
    Ok(release?.map(|release| Release { unsafety: Some(unsafety), ..release }))
}
