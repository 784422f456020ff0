//! `#[unmanaged(…)]` and `#[dispose(…)]`, read into options that keep what the user typed.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Path, Token, Type, parenthesized};

use crate::callee::Callee;
use crate::errors::Errors;
use crate::invalid::Invalid;
use crate::item::{Attr, Form};
use crate::keys::{Keys, Unread, skip_to_comma, skip_to_end};
use crate::tokens::{is_one_of, stream};
use crate::unfinished::Begun;
use crate::value;

/// The options of an `#[unmanaged(…)]` field.
#[derive(Default)]
pub(crate) struct Unmanaged {
    pub(crate) release: Option<UserFn>,
    pub(crate) release_async: Option<UserFn>,
    pub(crate) invalid: Option<Invalid>,
    pub(crate) check: Option<Callee>,
    pub(crate) keep: Option<Keep>,
    pub(crate) drop: Option<UserFn>,
    pub(crate) clone: Option<UserFn>,
    pub(crate) each: Option<Ident>,
    pub(crate) always: Option<Always>,
}

/// `on_error = keep` or `on_error = keep_if(P)`
pub(crate) struct Keep {
    /// The word `keep` or `keep_if`.
    pub(crate) word: Ident,
    /// `P`
    pub(crate) is_alive: Option<Callee>,
}

/// `always` or `unsafe(always)`
pub(crate) struct Always {
    pub(crate) word: Ident,
    pub(crate) unsafety: Option<Token![unsafe]>,
}

/// A function of the user's that takes a value of a field, or the owner.
pub(crate) struct UserFn {
    /// The word `release`, `release_async`, `drop`, `clone` or `before`.
    pub(crate) key: Ident,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) callee: Callee,
}

/// Writes all of `release = F`, for a message.
impl ToTokens for UserFn {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.unsafety.to_tokens(tokens);
        self.key.to_tokens(tokens);
        self.callee.to_tokens(tokens);
    }
}

/// The options of the type.
#[derive(Default)]
pub(crate) struct TypeOptions {
    pub(crate) before: Option<UserFn>,
    pub(crate) explicit: Option<Ident>,
    pub(crate) on_drop: Option<OnDrop>,
    pub(crate) clone: Option<Ident>,
    pub(crate) default: Option<Ident>,
    pub(crate) forget: Option<Ident>,
    pub(crate) error: Option<CloseError>,
    pub(crate) borrowed: Option<Ident>,
    pub(crate) lent: Vec<Promise>,
    pub(crate) krate: Option<Path>,
}

/// `error = E`
pub(crate) struct CloseError {
    /// The word `error`.
    pub(crate) key: Ident,
    pub(crate) ty: Type,
}

/// `unsafe(as_fd)`, or another word that is a promise.
pub(crate) struct Promise {
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

pub(crate) fn of_type(attrs: &[Attr<'_>], errors: &mut Errors) -> TypeOptions {
    let mut options = TypeOptions::default();
    let mut seen = Vec::new();
    for attr in attrs {
        if attr.is("unmanaged") {
            let key = first_key(attr).filter(|key| Keys::Type.has(key));
            let instead = key.map_or_else(String::new, |key| {
                format!(", and `{key}` into `#[dispose(…)]` on the type")
            });
            errors.at(attr, &format!("`#[unmanaged(…)]` belongs on a field{instead}"));
        }
        if !attr.is("dispose") {
            continue;
        }
        let keys = Keys::Type;
        if !keys.is_list(attr, errors) {
            continue;
        }
        keys.read(attr, &mut seen, errors, &mut |item, input, errors| {
            match item {
                "before" => options.before = parse_release(input, "before", keys, errors)?,
                "unsafe" => match parse_promise(input, &["as_fd", "as_handle", "as_socket"])? {
                    Some(lent) => options.lent.push(lent),
                    None => options.before = parse_unsafe_release(input, keys, errors)?,
                },
                "as_fd" | "as_handle" | "as_socket" => return Err(not_promised(input)?.into()),
                "borrowed" => options.borrowed = Some(parse_borrowed(input, keys)?),
                "explicit" => options.explicit = Some(parse_flag(input)?),
                "on_drop" => options.on_drop = parse_on_drop(input, keys, errors)?,
                "clone" => options.clone = Some(parse_clone(input)?),
                "default" => options.default = Some(parse_flag(input)?),
                "forget" => options.forget = Some(parse_flag(input)?),
                "error" => options.error = Some(parse_error_type(input, keys)?),
                "crate" => options.krate = Some(parse_crate(input)?),
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

/// Reports our attributes on a variant, which takes none.
pub(crate) fn variant(attrs: &[Attr<'_>], errors: &mut Errors) {
    for attr in attrs {
        errors.at(attr, &format!("`#[{}]` belongs on a field of the variant", attr.name));
    }
}

/// Reads the attributes of a field. `name` is the field's name, or `value` in a tuple.
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
    let keys = Keys::Unmanaged(name);
    if !keys.is_list(attr, errors) {
        return Role::Broken;
    }
    let mut options = Unmanaged::default();
    let mut seen = Vec::new();
    let complete = keys.read(attr, &mut seen, errors, &mut |item, input, errors| {
        match item {
            "release" => options.release = parse_release(input, "release", keys, errors)?,
            "release_async" => {
                options.release_async = parse_release(input, "release_async", keys, errors)?;
            }
            "drop" => options.drop = parse_release(input, "drop", keys, errors)?,
            "clone" => options.clone = parse_release(input, "clone", keys, errors)?,
            "unsafe" => match parse_promise(input, &["always"])? {
                Some(Promise { unsafety, word }) => {
                    options.always = Some(Always { word, unsafety: Some(unsafety) });
                }
                None => match parse_unsafe_release(input, keys, errors)? {
                    Some(release) if release.key == "release_async" => {
                        options.release_async = Some(release);
                    }
                    Some(release) if release.key == "drop" => options.drop = Some(release),
                    Some(release) if release.key == "clone" => options.clone = Some(release),
                    release => options.release = release,
                },
            },
            "invalid" => options.invalid = Some(Invalid::assigned(input)?),
            "check" => options.check = Callee::assigned(input, "check", keys, errors)?,
            "on_error" => options.keep = parse_on_error(input, keys, errors)?,
            "each" => options.each = Some(parse_flag(input)?),
            "always" => {
                options.always = Some(Always { word: parse_flag(input)?, unsafety: None });
            }
            key => unreachable!("`{key}` is in the table of keys"),
        }
        Ok(())
    });
    if options.release.is_some() || options.release_async.is_some() {
        return Role::Unmanaged(Box::new(options));
    }
    if complete && !seen.iter().any(|name| name.starts_with("release")) {
        errors.at(attr, &format!("`#[unmanaged(…)]` needs `release`: {}", keys.form("release")));
    }
    Role::Broken
}

fn part(attr: &Attr<'_>, errors: &mut Errors) -> Role {
    if let Form::Nothing = attr.form() {
        return Role::Part(Part::default());
    }
    let keys = Keys::Part;
    if !keys.is_list(attr, errors) {
        return Role::Broken;
    }
    let mut seen = Vec::new();
    let mut words = Vec::new();
    keys.read(attr, &mut seen, errors, &mut |_, input, _| {
        words.push(parse_flag(input)?);
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

/// Parses `key` alone.
fn parse_flag(input: ParseStream<'_>) -> Result<Ident, Error> {
    let key = input.call(Ident::parse_any)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(key);
    }
    let rest = skip_to_comma(input);
    Err(Error::new_spanned(rest, format!("`{key}` takes no value; write `{key}`")))
}

/// Parses the type's `clone`. With a value it is the field's key, so that is an error.
fn parse_clone(input: ParseStream<'_>) -> Result<Ident, Error> {
    let item = input.fork();
    parse_flag(input).map_err(|_| {
        Error::new_spanned(
            skip_to_comma(&item),
            "`clone = …` belongs in `#[unmanaged(…)]` on the field, where it implements `Clone`; `clone` on the type takes no value, and only allows an `impl Clone` by hand",
        )
    })
}

/// Parses `on_error = keep`, `keep_if(P)` or `consume`, which is the default.
fn parse_on_error(
    input: ParseStream<'_>,
    keys: Keys<'_>,
    errors: &mut Errors,
) -> Result<Option<Keep>, Error> {
    let item = input.fork();
    let value: Vec<_> = value::assigned(input).unwrap_or_default().into_iter().collect();
    match value.as_slice() {
        [TokenTree::Ident(word)] if word == "keep" => {
            Ok(Some(Keep { word: word.clone(), is_alive: None }))
        }
        [TokenTree::Ident(word)] if word == "consume" => Ok(None),
        [TokenTree::Ident(word), TokenTree::Group(group)]
            if word == "keep_if"
                && group.delimiter() == Delimiter::Parenthesis
                && !group.stream().is_empty() =>
        {
            let question = value::ungrouped(group.stream());
            let is_alive = Callee::from_value(question, "on_error", keys, errors);
            Ok(is_alive.map(|is_alive| Keep { word: word.clone(), is_alive: Some(is_alive) }))
        }
        value => {
            let module = "on_error_words";
            match value {
                // It may be one that is still being typed.
                [TokenTree::Ident(key)] => errors.begun.push(Begun { module, key: key.clone() }),
                [] => errors.begun.push(Begun::at(module, item.span())),
                _ => {}
            }
            Err(unexpected(&item, "on_error", keys))
        }
    }
}

/// Parses `on_drop = ignore` or `on_drop = P`.
fn parse_on_drop(
    input: ParseStream<'_>,
    keys: Keys<'_>,
    errors: &mut Errors,
) -> Result<Option<OnDrop>, Error> {
    let item = input.fork();
    let value = value::assigned(input).unwrap_or_default();
    if syn::parse2::<Ident>(value.clone()).is_ok_and(|word| word == "ignore") {
        return Ok(Some(OnDrop::Ignore));
    }
    if value.is_empty() {
        return Err(unexpected(&item, "on_drop", keys));
    }
    Ok(Callee::from_value(value, "on_drop", keys, errors).map(OnDrop::To))
}

/// Parses `error = E`.
fn parse_error_type(input: ParseStream<'_>, keys: Keys<'_>) -> Result<CloseError, Error> {
    let item = input.fork();
    let key = input.call(Ident::parse_any)?;
    let ty = input.parse::<Token![=]>().and_then(|_| value::whole::<Type>(input));
    match ty {
        Ok(ty) if input.is_empty() || input.peek(Token![,]) => Ok(CloseError { key, ty }),
        _ => {
            skip_to_comma(input);
            Err(unexpected(&item, "error", keys))
        }
    }
}

/// Says what was expected, at the value if there is one.
fn unexpected(item: ParseStream<'_>, key: &str, keys: Keys<'_>) -> Error {
    let item = skip_to_comma(item);
    let tokens: Vec<_> = item.clone().into_iter().collect();
    let at = if tokens.len() > 2 { stream(&tokens[2..]) } else { item };
    Error::new_spanned(at, format!("expected {}", keys.form(key)))
}

/// Parses `crate = path`. A string may hold the path too.
fn parse_crate(input: ParseStream<'_>) -> Result<Path, Error> {
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

/// Parses `borrowed = Name`.
fn parse_borrowed(input: ParseStream<'_>, keys: Keys<'_>) -> Result<Ident, Error> {
    let item = input.fork();
    let value = value::assigned(input).unwrap_or_default();
    syn::parse2(value).map_err(|_| unexpected(&item, "borrowed", keys))
}

/// Parses `unsafe(word)` for one of `words`. Returns `None`, and consumes nothing, for anything else.
fn parse_promise(input: ParseStream<'_>, words: &[&str]) -> Result<Option<Promise>, Error> {
    let ahead = input.fork();
    let unsafety: Token![unsafe] = ahead.parse()?;
    let Some((inside, ..)) = ahead.cursor().any_group() else { return Ok(None) };
    match inside.ident() {
        Some((word, _)) if is_one_of(&word, words) => {}
        _ => return Ok(None),
    }
    input.parse::<Token![unsafe]>()?;
    let content;
    parenthesized!(content in input);
    let word = parse_flag(&content)?;
    content.parse::<Option<Token![,]>>()?;
    if !content.is_empty() {
        let rest = skip_to_end(&content);
        let message =
            format!("only `{word}` goes inside of its `unsafe(…)`; move the rest behind it");
        return Err(Error::new_spanned(rest, message));
    }
    Ok(Some(Promise { unsafety, word }))
}

/// Returns the error for `as_fd` without its `unsafe`.
fn not_promised(input: ParseStream<'_>) -> Result<Error, Error> {
    let word = parse_flag(input)?;
    let message = format!(
        "`{word}` is a promise that the field holds a descriptor of its own, open as long as the value holds it; write `unsafe({word})`"
    );
    Ok(Error::new_spanned(word, message))
}

/// Parses `release = F`, or another key with a function that takes a value.
fn parse_release(
    input: ParseStream<'_>,
    name: &str,
    keys: Keys<'_>,
    errors: &mut Errors,
) -> Result<Option<UserFn>, Unread> {
    let key = input.fork().call(Ident::parse_any)?;
    let callee = Callee::assigned(input, name, keys, errors)?;
    Ok(callee.map(|callee| UserFn { key, unsafety: None, callee }))
}

/// Parses `unsafe(release = F)`, or another key that can be unsafe.
fn parse_unsafe_release(
    input: ParseStream<'_>,
    keys: Keys<'_>,
    errors: &mut Errors,
) -> Result<Option<UserFn>, Error> {
    let unsafety: Token![unsafe] = input.parse()?;
    if !input.peek(syn::token::Paren) {
        let mut item = unsafety.to_token_stream();
        item.extend(skip_to_comma(input));
        let form = keys.form("unsafe");
        let message = format!("`unsafe` goes around the key; expected {form}");
        return Err(Error::new_spanned(item, message));
    }
    let content;
    parenthesized!(content in input);
    let name = key_inside(&content, &unsafety, keys, errors)?;
    let start = content.fork();
    let release = parse_release(&content, &name, keys, errors)
        .map_err(|unread| unread.into_error(&start, &content, &name, &keys.form("unsafe")));
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
                keys.unsafe_names()
            ),
        );
    }
    Ok(release?.map(|release| UserFn { unsafety: Some(unsafety), ..release }))
}

/// Returns the key that begins the content of `unsafe(…)`. If it cannot be unsafe, the content is skipped.
fn key_inside(
    content: ParseStream<'_>,
    unsafety: &Token![unsafe],
    keys: Keys<'_>,
    errors: &mut Errors,
) -> Result<String, Error> {
    let key = content.fork().call(Ident::parse_any).ok();
    let name = key.as_ref().map(ToString::to_string).unwrap_or_default();
    let is_key = keys.can_be_unsafe(&name);
    if !is_key || content.peek2(Token![::]) {
        if let Some(error) = keys.function_without_key(content, &[], true) {
            errors.begun.extend(key.map(|key| keys.begun_unsafe(key)));
            skip_to_end(content);
            return Err(error);
        }
    }
    if is_key {
        return Ok(name);
    }
    let has_value = content.peek2(Token![=]);
    let rest = skip_to_end(content);
    let Some(key) = key else {
        let at = if rest.is_empty() { unsafety.to_token_stream() } else { rest };
        return Err(Error::new_spanned(at, format!("expected {}", keys.form("unsafe"))));
    };
    errors.begun.push(keys.begun_unsafe(key));
    let is_comma = |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let has_others = rest.clone().into_iter().any(is_comma);
    let hint = keys.hint_inside_unsafe(&name, has_value, has_others);
    let message = format!("only {} can be unsafe, not `{name}`; {hint}", keys.unsafe_names());
    Err(Error::new_spanned(rest, message))
}
