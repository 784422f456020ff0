//! The keys of an attribute, read one by one, and what is said of a key that is wrong.
//!
//! An error underlines the part that is to change: a misspelt key by itself, a wrong value by itself, and all of
//! `key = value` where it is to go or to move, or where the two cannot be separated.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Error, ExprPath, Token};

use crate::errors::Errors;
use crate::item::{Attr, Form};
use crate::tokens::{is_punct, stream};
use crate::unfinished::Begun;

/// A key and how it is written: the one table that drives matching and messages.
struct Key {
    name: &'static str,
    /// The right form, for messages.
    form: &'static str,
    /// Set if there is an `unsafe(key = …)`.
    can_be_unsafe: bool,
}

const fn key(name: &'static str, form: &'static str) -> Key {
    Key { name, form, can_be_unsafe: false }
}

/// Returns a key that is also written `unsafe(key = …)`.
const fn function(name: &'static str, form: &'static str) -> Key {
    Key { name, form, can_be_unsafe: true }
}

const UNMANAGED_KEYS: [Key; 9] = [
    function("release", RELEASE),
    function("release_async", "`release_async = close` or `release_async = async |value| …`"),
    key("invalid", "`invalid = -1` or `invalid = [0, -1]`"),
    key("check", "`check = dispose_core::status::zero` or `check = |status| …`"),
    key(
        "on_error",
        "`on_error = keep`, `on_error = keep_if(is_busy)`, `on_error = keep_if(|error| …)` or `on_error = consume`",
    ),
    function("drop", "`drop = abort` or `drop = |value| …`"),
    function("clone", "`clone = retain` or `clone = |value| …`"),
    key("each", "`each`"),
    function("always", "`always`, or `unsafe(always)` for a `ManuallyDrop`"),
];
const TYPE_KEYS: [Key; 12] = [
    function("before", "`before = Self::flush` or `before = |this| …`"),
    key("explicit", "`explicit`"),
    key("on_drop", "`on_drop = ignore`, `on_drop = log_it` or `on_drop = |report| …`"),
    key("clone", "`clone`"),
    key("default", "`default`"),
    key("forget", "`forget`"),
    key("error", "`error = MyError`"),
    key("borrowed", "`borrowed = BorrowedSocket`, the name of the type to make"),
    function("as_fd", "`unsafe(as_fd)`"),
    function("as_handle", "`unsafe(as_handle)`"),
    function("as_socket", "`unsafe(as_socket)`"),
    key("crate", "`crate = path::to::dispose_core`"),
];
const PART_KEYS: [Key; 2] = [key("async", "`async`"), key("skip", "`skip`")];

const RELEASE: &str = "`release = close`, `release = \"close\"` or `release = |value| …`";

/// Words that are not keys of `#[unmanaged]`, and what is probably meant by each.
const MEANT: [(&str, &str); 9] = [
    ("keep", "on_error = keep"),
    ("keep_if", "on_error = keep_if(…)"),
    ("consume", "on_error = consume"),
    ("close", "release = …"),
    ("free", "release = …"),
    ("destroy", "release = …"),
    ("null", "invalid = …"),
    ("sentinel", "invalid = …"),
    ("status", "check = …"),
];

/// The keys of an attribute, by what it stands on.
#[derive(Clone, Copy)]
pub(crate) enum Keys<'a> {
    /// `#[unmanaged(…)]` on the field of that name, which is a closure's parameter in messages.
    Unmanaged(&'a str),
    /// `#[dispose(…)]` on a type.
    Type,
    /// `#[dispose(…)]` on a field.
    Part,
}

/// The function that reads one key and its value, from a stream in front of the key.
pub(crate) type Read<'a> = dyn FnMut(&str, ParseStream<'_>, &mut Errors) -> Result<(), Unread> + 'a;

/// What kept a key from being read.
pub(crate) enum Unread {
    /// The value is missing, or no expression.
    NoValue,
    Mistake(Error),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Mistake(error)
    }
}

impl Unread {
    /// Returns the error for the item from `start` on, and skips what belongs to it.
    pub(crate) fn into_error(
        self,
        start: ParseStream<'_>,
        input: ParseStream<'_>,
        key: &str,
        form: &str,
    ) -> Error {
        match self {
            Self::NoValue => unreadable(start, input, key, form),
            Self::Mistake(error) => error,
        }
    }
}

impl Keys<'_> {
    const fn table(self) -> &'static [Key] {
        match self {
            Self::Unmanaged(_) => &UNMANAGED_KEYS,
            Self::Type => &TYPE_KEYS,
            Self::Part => &PART_KEYS,
        }
    }

    const fn attribute(self) -> &'static str {
        match self {
            Self::Unmanaged(_) => "unmanaged",
            Self::Type | Self::Part => "dispose",
        }
    }

    /// Returns the module in which an editor finds the keys.
    const fn module(self) -> &'static str {
        match self {
            Self::Unmanaged(_) => "unmanaged",
            Self::Type => "of_type",
            Self::Part => "part",
        }
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.table().iter().any(|key| key.name == name)
    }

    pub(crate) fn can_be_unsafe(self, name: &str) -> bool {
        self.table().iter().any(|key| key.name == name && key.can_be_unsafe)
    }

    /// Returns the completion for a word in `unsafe(…)`.
    pub(crate) fn begun_unsafe(self, key: Ident) -> Begun {
        let module = match self {
            Self::Unmanaged(_) => "unmanaged_unsafe",
            Self::Type | Self::Part => "of_type_unsafe",
        };
        Begun { module, key }
    }

    pub(crate) fn unsafe_names(self) -> String {
        self.names_of(|key| key.can_be_unsafe)
    }

    /// Returns how a key is written, for messages. The name `unsafe` stands for `unsafe(release = …)`.
    pub(crate) fn form(self, name: &str) -> String {
        let known = |key: &&Key| key.name == name;
        let form = match self {
            Self::Unmanaged(_) if name == "unsafe" => {
                "`unsafe(release = close)` or `unsafe(release = |value| …)`"
            }
            Self::Type | Self::Part if name == "unsafe" => {
                "`unsafe(before = Self::flush)` or `unsafe(before = |this| …)`"
            }
            _ => self.table().iter().find(known).map_or("", |key| key.form),
        };
        match self {
            Self::Unmanaged(field) => match form.split_once("|value|") {
                Some((before, behind)) => format!("{before}|{field}|{behind}"),
                None => form.to_owned(),
            },
            Self::Type | Self::Part => form.to_owned(),
        }
    }

    /// Returns the form of a closure that calls a function with more than its parameter.
    pub(crate) fn more_arguments(self, key: &str, function: &str) -> String {
        let parameter = self.parameter(key);
        match self {
            Self::Unmanaged(_) => format!("`|{parameter}| {function}(self.…, {parameter})`"),
            Self::Type | Self::Part => format!("`|{parameter}| {function}({parameter}, …)`"),
        }
    }

    /// Returns the form of a closure that calls a function pointer.
    pub(crate) fn pointer_called(self, key: &str, pointer: &str) -> String {
        let parameter = self.parameter(key);
        format!("`|{parameter}| ({pointer})({parameter})`")
    }

    /// Returns the name of the closure's parameter, for messages.
    fn parameter(self, key: &str) -> String {
        self.form(key).split('|').nth(1).unwrap_or("value").to_owned()
    }

    /// Returns `true` if there are keys in parentheses, as there must be.
    pub(crate) fn is_list(self, attr: &Attr<'_>, errors: &mut Errors) -> bool {
        let found = match attr.form() {
            Form::List => return true,
            Form::EmptyList(end) => {
                errors.begun.push(Begun::at(self.module(), end));
                "is empty"
            }
            Form::Nothing => "needs keys in parentheses",
            Form::Value => "takes its keys in parentheses",
        };
        let expected = match self {
            Self::Unmanaged(_) => {
                format!("`#[unmanaged(release = …)]` with {}", self.form("release"))
            }
            Self::Type => format!("one of {}", self.names()),
            Self::Part => "`#[dispose]`, `#[dispose(async)]` or `#[dispose(skip)]`".into(),
        };
        errors.at(attr, &format!("`#[{}]` {found}; expected {expected}", self.attribute()));
        false
    }

    fn names(self) -> String {
        self.names_of(|_| true)
    }

    fn names_of(self, is_named: fn(&Key) -> bool) -> String {
        let mut names = String::new();
        for key in self.table() {
            if is_named(key) {
                let separator = if names.is_empty() { "" } else { ", " };
                names = format!("{names}{separator}`{}`", key.name);
            }
        }
        names
    }

    /// Reads `key, key = value, …`, and returns `true` if all items could be read; a mistake in one
    /// does not hide those in the next.
    pub(crate) fn read(
        self,
        attr: &Attr<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
        read: &mut Read<'_>,
    ) -> bool {
        let mut complete = true;
        let parsed = attr.parse_list(|input| {
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
                        &format!("expected `,` before the next key of `#[{}]`", self.attribute()),
                    );
                }
                let comma = input.parse::<Option<Token![,]>>()?;
                if let Some(comma) = comma.filter(|_| input.is_empty()) {
                    errors.begun.push(Begun::at(self.module(), comma.span));
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
            complete = false;
        }
        complete
    }

    /// Reads one key and its value. The stream stays in front of the key, because `value::assigned`
    /// starts there.
    fn item(
        self,
        input: ParseStream<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
        read: &mut Read<'_>,
    ) -> Result<(), Error> {
        let behind = input.fork();
        let word = behind.call(Ident::parse_any).ok();
        let name = word.as_ref().map(|word| word.unraw().to_string()).unwrap_or_default();
        let is_path = input.peek2(Token![::]);
        // Asked only if it can be: to read a path costs as much as the whole key.
        if is_path || !(name == "unsafe" || self.has(&name)) {
            if let Some(error) = self.function_without_key(input, seen, false) {
                // A word alone may be a key that is still being typed.
                let begun = word.filter(|_| !is_path);
                errors.begun.extend(begun.map(|key| Begun { module: self.module(), key }));
                return Err(error);
            }
        }
        let Some(word) = word else { return Err(self.not_a_word(input)) };
        let inside = unsafe_key(&behind).map(|key| key.to_string());
        let key = self.key_of(&name, inside.as_deref());
        if !self.has(key) {
            errors.begun.push(Begun { module: self.module(), key: word.clone() });
            return Err(self.unknown_key(input, word, &name));
        }
        let start = input.fork();
        match (name == "unsafe", behind.peek(Paren)) {
            (false, true) if self.form(key).contains('=') => {
                skip_to_comma(input);
                seen.push(key.to_owned());
                return Err(unreadable(&start, input, key, &self.form(key)));
            }
            // An `unsafe` without a key in it does not count as a key, so the next one is the first.
            (true, false) => {}
            (is_unsafe, _) => {
                // Another key inside of `unsafe(…)` is a mistake of its own.
                let is_other = is_unsafe && inside.as_deref().is_some_and(|inside| inside != key);
                if !is_other && seen.iter().any(|seen| seen == key) {
                    let item = skip_to_comma(input);
                    return Err(Error::new_spanned(item, format!("duplicate key `{key}`")));
                }
                seen.push(key.to_owned());
            }
        }
        read(&name, input, errors)
            .map_err(|unread| unread.into_error(&start, input, key, &self.form(key)))
    }

    /// Returns the key that `name` counts as. For `unsafe(release = …)` it is `release`, which is `inside`.
    fn key_of<'k>(self, name: &'k str, inside: Option<&'k str>) -> &'k str {
        if name != "unsafe" {
            return name;
        }
        let first = || self.table().iter().find(|key| key.can_be_unsafe).map(|key| key.name);
        inside.filter(|key| self.can_be_unsafe(key)).or_else(first).unwrap_or(name)
    }

    /// Returns the error for an item that does not begin with a word.
    fn not_a_word(self, input: ParseStream<'_>) -> Error {
        let message = format!("expected a key of `#[{}]`: {}", self.attribute(), self.names());
        let at = input.span();
        let rest = skip_to_comma(input);
        // Before a comma there is nothing to underline but the comma.
        if rest.is_empty() { Error::new(at, message) } else { Error::new_spanned(rest, message) }
    }

    /// Returns the error for a word that is not a key here.
    fn unknown_key(self, input: ParseStream<'_>, word: Ident, name: &str) -> Error {
        let item = skip_to_comma(input);
        // A key that is to move is underlined with its value.
        let at = if self.belongs(name).is_some() { item } else { word.into_token_stream() };
        Error::new_spanned(at, self.unknown(name))
    }

    /// Returns the error for a function that stands without a key, as in `#[unmanaged(sys::free)]`.
    pub(crate) fn function_without_key(
        self,
        input: ParseStream<'_>,
        seen: &[String],
        is_unsafe: bool,
    ) -> Option<Error> {
        let may_stand = is_unsafe || matches!(self, Self::Unmanaged(_));
        if !may_stand || !seen.is_empty() {
            return None;
        }
        let is_closure = input.peek(Token![|]);
        let item = if is_closure {
            input.fork().parse().unwrap_or_default()
        } else {
            let path: ExprPath = input.fork().parse().ok()?;
            let item = skip_to_comma(&input.fork());
            let is_all = item.to_string() == path.to_token_stream().to_string();
            let is_key = path.path.get_ident().is_some_and(|name| {
                let name = name.unraw().to_string();
                let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
                has(self.table())
                    || has(&TYPE_KEYS)
                    || has(&PART_KEYS)
                    || nearest(&name, self.table()).is_some()
            });
            if !is_all || is_key {
                return None;
            }
            item
        };
        if is_closure {
            skip_to_end(input)
        } else {
            skip_to_comma(input)
        };
        let (key, what) = match self {
            Self::Unmanaged(_) => ("release", "what releases the field"),
            Self::Type | Self::Part => ("before", "the function"),
        };
        let path = unspaced(&item);
        let form = match (is_closure, is_unsafe) {
            (true, false) => self.form(key),
            (true, true) => self.form("unsafe"),
            (false, false) => format!("`{key} = {path}`"),
            (false, true) => format!("`unsafe({key} = {path})`"),
        };
        Some(Error::new_spanned(item, format!("expected a key in front of {what}: {form}")))
    }

    /// Returns the form that is probably meant by a word that is not a key.
    fn meant(self, name: &str) -> Option<&'static str> {
        let Self::Unmanaged(_) = self else { return None };
        MEANT.iter().find(|(said, _)| *said == name).map(|(_, form)| *form)
    }

    fn unknown(self, name: &str) -> String {
        let place = match self {
            Self::Unmanaged(_) => "unmanaged field",
            Self::Type => "dispose type",
            Self::Part => "dispose field",
        };
        let meant = self.meant(name);
        let hint = match (self.belongs(name), nearest(name, self.table())) {
            _ if meant.is_some() => {
                let form = meant.unwrap_or_default();
                format!("did you mean `{form}`? The keys are {}", self.names())
            }
            (Some(belongs), _) if matches!(self, Self::Part) && belongs == IN_UNMANAGED => format!(
                "it belongs in {belongs} with handles; parts, also in a collection, are `#[dispose]` alone"
            ),
            (Some(belongs), _) => format!("it belongs in {belongs}"),
            (None, Some(near)) => format!("did you mean `{near}`? The keys are {}", self.names()),
            (None, None) => format!("expected one of {}", self.names()),
        };
        format!("unknown {place} key `{name}`; {hint}")
    }

    /// Returns what to write in the place of a word that cannot be in `unsafe(…)` here.
    pub(crate) fn hint_inside_unsafe(
        self,
        name: &str,
        has_value: bool,
        has_others: bool,
    ) -> String {
        let can_be = |keys: &[Key]| keys.iter().any(|key| key.name == name && key.can_be_unsafe);
        let place = self.belongs(name).filter(|_| can_be(&UNMANAGED_KEYS) || can_be(&TYPE_KEYS));
        if let Some(place) = place {
            return format!("`unsafe({name} = …)` belongs in {place}");
        }
        if self.table().iter().any(|key| key.name == name) {
            return if has_others {
                format!("move `{name}` in front of `unsafe(…)`")
            } else {
                format!("leave `unsafe` out: {}", self.form(name))
            };
        }
        // A word alone is the function rather than a key.
        if has_value {
            if self.meant(name).is_some_and(|form| form.starts_with("release")) {
                return "did you mean `unsafe(release = …)`?".into();
            }
            if let Some(near) = nearest(name, self.table()).filter(|near| self.can_be_unsafe(near))
            {
                return format!("did you mean `{near}`?");
            }
        }
        format!("expected {}", self.form("unsafe"))
    }

    /// Returns the place of a key of another attribute.
    fn belongs(self, name: &str) -> Option<&'static str> {
        let is_in = |keys: &[Key]| keys.iter().any(|key| key.name == name);
        match self {
            Self::Part if name == "unsafe" => Some(IN_UNMANAGED),
            Self::Unmanaged(_) | Self::Part if is_in(&TYPE_KEYS) => {
                Some("`#[dispose(…)]` on the type")
            }
            Self::Type | Self::Part if is_in(&UNMANAGED_KEYS) => Some(IN_UNMANAGED),
            Self::Unmanaged(_) | Self::Type if is_in(&PART_KEYS) => {
                Some("`#[dispose(…)]` on a field")
            }
            Self::Unmanaged(_) | Self::Type | Self::Part => None,
        }
    }
}

const IN_UNMANAGED: &str = "`#[unmanaged(…)]` on a field";

/// Returns the key that was probably meant.
fn nearest(name: &str, keys: &[Key]) -> Option<&'static str> {
    let mut nearest = None;
    for key in keys {
        let distance = (distance(name, key.name), key.name);
        if distance.0 <= key.name.len().div_ceil(3)
            && nearest.is_none_or(|nearest| distance < nearest)
        {
            nearest = Some(distance);
        }
    }
    nearest.map(|(_, near)| near)
}

/// Returns the Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row = Vec::new();
    for length in 0..=b.len() {
        row.push(length);
    }
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

/// Returns the first key in `unsafe(…)`, for a stream behind the `unsafe`.
fn unsafe_key(input: ParseStream<'_>) -> Option<Ident> {
    let (inside, ..) = input.cursor().any_group()?;
    Some(inside.ident()?.0)
}

/// Returns the error for a malformed value. Its end cannot be found, so with bars in it the rest of the
/// attribute counts as the value.
fn unreadable(start: ParseStream<'_>, input: ParseStream<'_>, key: &str, form: &str) -> Error {
    let rest: TokenStream = start.fork().parse().unwrap_or_default();
    let bars = rest.into_iter().any(|token| is_punct(Some(&token), '|'));
    let item = if bars { skip_to_end(start) } else { skip_to_comma(start) };
    if bars {
        skip_to_end(input);
    }
    let tokens: Vec<_> = item.clone().into_iter().collect();
    let can_be_unsafe = |of: &Key| of.name == key && of.can_be_unsafe;
    let can_be_unsafe =
        UNMANAGED_KEYS.iter().any(can_be_unsafe) || TYPE_KEYS.iter().any(can_be_unsafe);
    // Behind bars it is in the body of a closure, where it may be.
    if can_be_unsafe && [1, 2].iter().any(|at| tokens.get(*at).is_some_and(is_unsafe)) {
        let value = stream(&tokens[2..]);
        let message = unsafe_is_around(key, &value);
        return Error::new_spanned(value, message);
    }
    let what = match tokens.as_slice() {
        [_, TokenTree::Group(_)] => "takes its value behind `=`",
        [] | [_] | [_, _] => "needs a value",
        _ => "has a malformed value",
    };
    let next = (2..tokens.len()).find_map(|at| match &tokens[at..] {
        [TokenTree::Ident(word), assign, ..] if is_punct(Some(assign), '=') && is_key(word) => {
            Some(word)
        }
        _ => None,
    });
    let comma = next.map_or_else(String::new, |next| format!("; a `,` goes before `{next}`"));
    Error::new_spanned(item, format!("`{key}` {what}; expected {form}{comma}"))
}

/// Returns `true` if it is a key of any attribute.
fn is_key(word: &Ident) -> bool {
    let is = |key: &Key| word == key.name;
    UNMANAGED_KEYS.iter().any(is) || TYPE_KEYS.iter().any(is)
}

/// Returns the message for an `unsafe` inside the value. It repeats the function, if that is a path.
pub(crate) fn unsafe_is_around(key: &str, value: &TokenStream) -> String {
    let tokens: Vec<_> = value.clone().into_iter().collect();
    let start = tokens.iter().position(|token| !is_unsafe(token)).unwrap_or(tokens.len());
    let behind = match &tokens[start..] {
        [TokenTree::Group(group)] => group.stream(),
        behind => stream(behind),
    };
    let function =
        syn::parse2::<ExprPath>(behind).map_or_else(|_| "…".into(), |path| unspaced(&path));
    format!("`unsafe` goes around the key; write `unsafe({key} = {function})`")
}

/// Returns a path as one writes it.
pub(crate) fn unspaced(path: &dyn ToTokens) -> String {
    let mut unspaced = String::new();
    for char in path.to_token_stream().to_string().chars() {
        if char != ' ' {
            unspaced.push(char);
        }
    }
    unspaced
}

pub(crate) fn is_unsafe(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "unsafe")
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        skipped.extend(input.parse::<TokenTree>());
    }
    skipped
}

pub(crate) fn skip_to_end(input: ParseStream<'_>) -> TokenStream {
    input.parse().unwrap_or_default()
}
