//! A call of the user's function or closure, each token at the place where rustc is to complain.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};
use syn::Token;

use crate::attr::{Release, Unmanaged};
use crate::extent::Extent as _;
use crate::input::Runtime;
use crate::value::{Callee, Closure};
use crate::written::{append, written};

/// The two ways to dispose of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Sync,
    Async,
}

/// What one pass calls to release a value.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    release: &'a Release,
    pub(super) check: Option<&'a Callee>,
    awaited: bool,
    /// The name under which a simple closure knows the value. Its body stands in the expansion by itself,
    /// because a closure costs the compiler as much as another function.
    binding: Option<&'a Ident>,
}

/// What the release is called with.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// `__value`.
    Whole,
    /// A copy of it: an error about that points at the word `keep`.
    Copy(&'a Ident),
    Of(&'a TokenStream),
}

impl<'a> Value<'a> {
    /// At the place of the release, where rustc says that the function wants another type.
    fn at(self, release: &'a Callee, runtime: &'a Runtime) -> impl ToTokens + 'a {
        written(move |tokens| match self {
            Value::Whole => tokens.append(Ident::new("__value", here(release.first()))),
            Value::Copy(keep) => {
                let span = here(keep.span());
                append(tokens, quote_spanned!(span=> #runtime::__private::Keep::keep(&__value)));
            }
            Value::Of(value) => value.to_tokens(tokens),
        })
    }
}

impl<'a> Call<'a> {
    /// `None` where there is only an asynchronous release, and this is not its pass.
    pub(super) fn of(options: &'a Unmanaged, pass: Pass) -> Option<Self> {
        let awaited = match pass {
            Pass::Async => options.release_async.as_ref(),
            Pass::Sync => None,
        };
        let release = awaited.or(options.release.as_ref())?;
        let awaited = awaited.is_some();
        let binding = release.callee.closure().and_then(|closure| closure.binding.as_ref());
        // The other expressions of the field must not see it.
        let binding = binding.filter(|name| !awaited && !is_named_beside(name, options));
        Some(Self { release, check: options.check.as_ref(), awaited, binding })
    }

    /// Whether a closure stands in the expansion as such.
    pub(super) fn has_closure(self) -> bool {
        let release = self.release.callee.closure().is_some() && self.binding.is_none();
        release || self.check.is_some_and(|check| check.closure().is_some())
    }

    /// The identifier `name` as a closure writes it, also inside a format string.
    pub(super) fn mention(self, name: &str) -> Option<Ident> {
        if self.binding.is_some_and(|binding| binding == name) {
            return None;
        }
        let of = |callee: &Callee| mention(&callee.closure()?.body, name);
        of(&self.release.callee).or_else(|| of(self.check?))
    }

    /// The release of `value`, awaited, with its status checked.
    pub(super) fn outcome<'b>(
        &'b self,
        runtime: &'b Runtime,
        value: Value<'b>,
    ) -> impl ToTokens + 'b {
        let released = written(move |tokens| self.released(runtime, value, tokens));
        written(move |tokens| match self.check {
            Some(check) => call(runtime, check, &released, tokens),
            None => released.to_tokens(tokens),
        })
    }

    fn released(&self, runtime: &Runtime, value: Value<'_>, tokens: &mut TokenStream) {
        let Release { unsafety, callee, .. } = self.release;
        let value = value.at(callee, runtime);
        let called = written(|tokens| match (callee, unsafety) {
            (Callee::Path(_), Some(unsafety)) => {
                let call = written(|tokens| call(runtime, callee, &value, tokens));
                unsafe_block(call, *unsafety, tokens);
            }
            (Callee::Path(_), None) => call(runtime, callee, &value, tokens),
            (Callee::Closure(closure), unsafety) if self.binding.is_some() => {
                let body = &closure.body;
                match unsafety {
                    Some(unsafety) => unsafe_block(body, *unsafety, tokens),
                    None => body.to_tokens(tokens),
                }
            }
            (Callee::Closure(closure), unsafety) => {
                let mut closure = closure_tokens(closure, unsafety.as_ref());
                if self.moves_self() {
                    closure = rename_self(closure);
                }
                call_closure(runtime, callee, &closure, &value, tokens);
            }
        });
        if !self.awaited {
            called.to_tokens(tokens);
            return;
        }
        // An unsafe block in front would end the expression.
        if unsafety.is_some() {
            tokens.append(group(Delimiter::Parenthesis, called, Span::call_site()));
        } else {
            called.to_tokens(tokens);
        }
        // At the release, where rustc says that it is no future.
        let span = here(callee.last());
        append(tokens, quote_spanned!(span=> .await));
    }

    /// `let name = value;` for the body of a simple closure.
    pub(super) fn bind<'b>(&'b self, runtime: &'b Runtime, value: Value<'b>) -> impl ToTokens + 'b {
        written(move |tokens| {
            let Some(name) = self.binding else { return };
            <Token![let]>::default().to_tokens(tokens);
            name.to_tokens(tokens);
            <Token![=]>::default().to_tokens(tokens);
            value.at(&self.release.callee, runtime).to_tokens(tokens);
            <Token![;]>::default().to_tokens(tokens);
        })
    }

    /// `async move` blocks in a closure take what they name, and `self` is needed again.
    fn moves_self(&self) -> bool {
        let closure = self.release.callee.closure();
        self.awaited
            && closure.is_some_and(|closure| closure.asynchrony.is_none() && names_self(closure))
    }

    /// The name under which such a closure is handed `self`.
    pub(super) fn reborrow(&self) -> Option<TokenStream> {
        self.moves_self().then(|| quote!(let __self = &mut *self;))
    }
}

/// Whether what stands where a simple closure's binding is in scope has its name too: `check` or
/// `invalid`.
fn is_named_beside(name: &Ident, options: &Unmanaged) -> bool {
    let name = &name.to_string();
    let is_checked_by = match &options.check {
        Some(Callee::Path(check)) => check.path.is_ident(name),
        Some(Callee::Closure(check)) => mention(&check.body, name).is_some(),
        None => false,
    };
    let invalid = options.invalid.as_ref();
    let is_compared = invalid.is_some_and(|invalid| mention(&invalid.stream(), name).is_some());
    is_checked_by || is_compared
}

fn mention(tokens: &TokenStream, name: &str) -> Option<Ident> {
    tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Group(group) => mention(&group.stream(), name),
        TokenTree::Ident(ident) => (ident == name).then_some(ident),
        TokenTree::Literal(literal) => literal
            .to_string()
            .contains(&format!("{{{name}"))
            .then(|| Ident::new(name, literal.span())),
        TokenTree::Punct(_) => None,
    })
}

fn names_self(closure: &Closure) -> bool {
    fn names(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => names(group.stream()),
            TokenTree::Ident(ident) => ident == "self",
            _ => false,
        })
    }
    names(closure.body.clone())
}

fn rename_self(tokens: TokenStream) -> TokenStream {
    let rename = |token| match token {
        TokenTree::Ident(ident) if ident == "self" => {
            TokenTree::Ident(Ident::new("__self", Span::call_site().located_at(ident.span())))
        }
        TokenTree::Group(group) => {
            let mut renamed = Group::new(group.delimiter(), rename_self(group.stream()));
            renamed.set_span(group.span());
            TokenTree::Group(renamed)
        }
        token => token,
    };
    tokens.into_iter().map(rename).collect()
}

/// `F(value)`, underlined as `F` where its type is wrong.
pub(super) fn call(
    runtime: &Runtime,
    callee: &Callee,
    value: &impl ToTokens,
    tokens: &mut TokenStream,
) {
    match callee {
        Callee::Path(path) => {
            path.to_tokens(tokens);
            tokens.append(group(Delimiter::Parenthesis, value, here(callee.last())));
        }
        Callee::Closure(closure) => {
            call_closure(runtime, callee, &closure_tokens(closure, None), value, tokens);
        }
    }
}

/// A function that calls the closure, so that the parameter has a type before the body is looked at.
fn call_closure(
    runtime: &Runtime,
    callee: &Callee,
    closure: &TokenStream,
    value: &impl ToTokens,
    tokens: &mut TokenStream,
) {
    let arguments = quote!(#value, #runtime::__private::expression!(#closure));
    // All of it at the closure, where rustc is to underline.
    let (first, last) = (here(callee.first()), here(callee.last()));
    let runtime = runtime.at(first);
    append(tokens, quote_spanned!(first=> #runtime::__private::call));
    tokens.append(group(Delimiter::Parenthesis, arguments, last));
}

/// At the user's place, for code that belongs to the expansion.
fn here(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The user's closure; the keyword and the braces of an unsafe body stand where the user's `unsafe`
/// does, so that lints and reviewers find them there.
fn closure_tokens(closure: &Closure, unsafety: Option<&Token![unsafe]>) -> TokenStream {
    let Closure { asynchrony, parameters, output, body, .. } = closure;
    let Some(unsafety) = unsafety else { return quote!(#asynchrony #parameters #output #body) };
    // The block takes the place of the user's own, if there is one.
    let mut block = TokenStream::new();
    unsafe_block(without_braces(body), *unsafety, &mut block);
    // What follows a `->` must be a block.
    let body = if output.is_some() { quote!({ #block }) } else { block };
    quote!(#asynchrony #parameters #output #body)
}

/// `unsafe { … }` where the user's `unsafe` stands.
fn unsafe_block(inside: impl ToTokens, unsafety: Token![unsafe], tokens: &mut TokenStream) {
    unsafety.to_tokens(tokens);
    tokens.append(group(Delimiter::Brace, inside, unsafety.span));
}

fn without_braces(body: &TokenStream) -> TokenStream {
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(block)), None) if block.delimiter() == Delimiter::Brace => {
            block.stream()
        }
        _ => body.clone(),
    }
}

/// Tokens in parentheses or braces that stand at `span`.
pub(super) fn group(delimiter: Delimiter, tokens: impl ToTokens, span: Span) -> Group {
    let mut group = Group::new(delimiter, tokens.into_token_stream());
    group.set_span(span);
    group
}
