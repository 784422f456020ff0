//! What a key names: a function of the user's, or a closure; and what is said of a value that is neither.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprPath, LitStr};

use crate::closure::Closure;
use crate::errors::Errors;
use crate::keys::{Keys, Unread, is_unsafe, unsafe_is_around, unspaced};
use crate::names::mention;
use crate::tokens::Extent;
use crate::value;

/// A function of the user's, or a closure.
pub(crate) enum Callee {
    Path(ExprPath),
    Closure(Closure),
}

impl Callee {
    /// Parses the key's `= F`. Returns `None` if the value is wrong, which has been reported.
    pub(crate) fn assigned(
        input: ParseStream<'_>,
        key: &str,
        keys: Keys<'_>,
        errors: &mut Errors,
    ) -> Result<Option<Self>, Unread> {
        // Most are paths or simple closures, which need no detour.
        if let Some(closure) = Closure::assigned_simple(input) {
            return Ok(Some(Self::Closure(closure)));
        }
        if let Some(path) = value::assigned_path(input) {
            return Ok(Some(Self::Path(path)));
        }
        let value = value::assigned(input).ok_or(Unread::NoValue)?;
        Ok(Self::from_value(value, key, keys, errors))
    }

    /// Makes one of the value of a key. Returns `None` if the value is wrong, which has been reported.
    pub(crate) fn from_value(
        value: TokenStream,
        key: &str,
        keys: Keys<'_>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let callee = Self::from_tokens(value.clone());
        let mistake = match &callee {
            Some(Self::Path(_)) => None,
            Some(Self::Closure(closure)) => mistake_in_closure(closure, key, keys),
            None => Some(neither(value, key, keys)),
        };
        match mistake {
            None => callee,
            Some(mistake) => {
                errors.push(mistake);
                None
            }
        }
    }

    /// Makes one of a path, a string that holds a path, or a closure. Returns `None` for anything else.
    fn from_tokens(tokens: TokenStream) -> Option<Self> {
        match tokens.clone().into_iter().next()? {
            TokenTree::Literal(_) => {
                syn::parse2::<LitStr>(tokens).ok()?.parse().ok().map(Self::Path)
            }
            TokenTree::Punct(bar) if bar.as_char() == '|' => {
                Closure::from_tokens(tokens).map(Self::Closure)
            }
            TokenTree::Ident(word) if word == "move" || word == "async" => {
                Closure::from_tokens(tokens).map(Self::Closure)
            }
            _ => syn::parse2(tokens).ok().map(Self::Path),
        }
    }

    /// Returns the span of the first token. It makes no stream for most callees.
    pub(crate) fn first(&self) -> Span {
        match self {
            Self::Path(ExprPath { qself: None, path, .. }) if path.leading_colon.is_none() => {
                path.segments[0].ident.span()
            }
            Self::Closure(closure) => closure.start,
            Self::Path(path) => path.first(),
        }
    }

    /// Returns the span of the last token. It makes no stream for most paths.
    pub(crate) fn last(&self) -> Span {
        match self {
            Self::Path(ExprPath { path, .. })
                if path.segments.last().is_some_and(|last| last.arguments.is_none()) =>
            {
                path.segments[path.segments.len() - 1].ident.span()
            }
            _ => Extent::last(self),
        }
    }

    pub(crate) fn closure(&self) -> Option<&Closure> {
        match self {
            Self::Closure(closure) => Some(closure),
            Self::Path(_) => None,
        }
    }
}

impl ToTokens for Callee {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Closure(Closure { asynchrony, parameters, output, body, .. }) => {
                asynchrony.to_tokens(tokens);
                parameters.to_tokens(tokens);
                output.to_tokens(tokens);
                body.to_tokens(tokens);
            }
        }
    }
}

/// Returns the error for a closure that cannot be the value of the key.
fn mistake_in_closure(closure: &Closure, key: &str, keys: Keys<'_>) -> Option<Error> {
    let parameters = &closure.parameters;
    if closure.takes_nothing {
        let form = keys.form(key);
        let message = format!("the closure of `{key}` takes one parameter; expected {form}");
        return Some(Error::new_spanned(parameters, message));
    }
    if let Some(word) = closure.asynchrony.as_ref().filter(|_| key != "release_async") {
        let message = format!(
            "nothing awaits `{key}`; an async closure is for `release_async`, under `derive(Dispose, AsyncDispose)`"
        );
        return Some(Error::new_spanned(word, message));
    }
    mention(parameters, "self").map(|_| {
        let form = keys.form(key);
        let message = format!(
            "`self` is the owner in the closure of `{key}`, so its parameter has another name; expected {form}"
        );
        Error::new_spanned(parameters, message)
    })
}

/// Returns the error for a value that is neither a path nor a closure.
fn neither(value: TokenStream, key: &str, keys: Keys<'_>) -> Error {
    // Further behind it belongs to a type, such as `unsafe fn(…)`.
    let is_unsafe = value.clone().into_iter().next().is_some_and(|token| is_unsafe(&token));
    let message = if is_unsafe && keys.can_be_unsafe(key) {
        unsafe_is_around(key, &value)
    } else if begins_with_attribute(&value) {
        format!(
            "`{key}` takes no attribute with its value; put it on the field, or into the braces of the closure"
        )
    } else if let Some(pointer) = function_pointer(&value, keys) {
        let called = keys.pointer_called(key, &pointer);
        format!(
            "the value of `{key}` is neither a path nor a closure; a function pointer is called in a closure: {called}"
        )
    } else if let Some(function) = called_function(&value) {
        let (form, more) = (keys.form(key), keys.more_arguments(key, &function));
        format!(
            "`{key}` takes a function, and this calls one; expected {form}; with more arguments: {more}"
        )
    } else {
        let form = keys.form(key);
        format!("the value of `{key}` is neither a path nor a closure; expected {form}")
    };
    Error::new_spanned(value, message)
}

fn begins_with_attribute(value: &TokenStream) -> bool {
    matches!(value.clone().into_iter().next(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#')
}

/// Returns the value if it is `self.free`, or `…` for another expression that is a function pointer, as far as the
/// tokens show.
fn function_pointer(value: &TokenStream, keys: Keys<'_>) -> Option<String> {
    let is_fn = |token| matches!(token, TokenTree::Ident(word) if word == "fn");
    match syn::parse2(value.clone()).ok()? {
        // The functions on the type do not know `self`.
        Expr::Field(field) if matches!(keys, Keys::Unmanaged(_)) => {
            Some(unspaced(&field)).filter(|field| field.starts_with("self."))
        }
        Expr::Cast(_) => Some("…".into()),
        // As in `transmute::<_, fn(…)>(p)`.
        Expr::Call(call) if call.func.to_token_stream().into_iter().any(is_fn) => Some("…".into()),
        _ => None,
    }
}

/// Returns the `close` of `close(fd)`.
fn called_function(value: &TokenStream) -> Option<String> {
    let Ok(Expr::Call(call)) = syn::parse2(value.clone()) else { return None };
    matches!(*call.func, Expr::Path(_)).then(|| unspaced(&call.func))
}
