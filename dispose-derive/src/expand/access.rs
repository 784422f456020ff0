//! The ways in which an expansion reaches a field.

use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote};
use syn::Token;

use crate::input::Field;
use crate::tokens::{Extent as _, append, group, written};

/// The way in which the code reaches a field: `self.member`, or the binding of a variant's pattern.
#[derive(Clone, Copy)]
pub(super) enum Access<'a> {
    Member,
    /// With the variant's fields, which a closure names by themselves.
    Binding(&'a [Field<'a>]),
}

impl<'a> Access<'a> {
    pub(super) fn exclusive(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if self.is_place() {
                <Token![&]>::default().to_tokens(tokens);
                <Token![mut]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    pub(super) fn shared(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if self.is_place() {
                <Token![&]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    pub(super) fn place(self, field: &'a Field<'_>) -> impl ToTokens + Copy + 'a {
        written(move |tokens| {
            if !self.is_place() {
                <Token![*]>::default().to_tokens(tokens);
            }
            self.reach(field, tokens);
        })
    }

    /// Writes the receiver of a method of the field's own type.
    pub(super) fn receiver(self, field: &Field<'_>, tokens: &mut TokenStream) {
        if self.is_place() {
            self.reach(field, tokens);
        } else {
            let place = self.place(field);
            append(tokens, quote!((#place)));
        }
    }

    /// Returns `true` if it names the field itself, not a reference to it.
    fn is_place(self) -> bool {
        !matches!(self, Self::Binding(_))
    }

    /// Writes the field, or the reference to it.
    fn reach(self, field: &Field<'_>, tokens: &mut TokenStream) {
        match self {
            Self::Member => field.owner.to_tokens(tokens),
            Self::Binding(_) => return tokens.append(field.binding()),
        }
        <Token![.]>::default().to_tokens(tokens);
        field.member.to_tokens(tokens);
    }
}

/// Writes `<Type as Trait>::method(arguments)`, all of it at the place of the field's type, so that rustc
/// says there, and only once, that the type lacks the trait.
pub(super) fn on_type<'a>(
    field: &'a Field<'_>,
    of: impl ToTokens + 'a,
    method: &'static str,
    arguments: impl ToTokens + 'a,
) -> impl ToTokens + 'a {
    written(move |tokens| {
        let (first, last) = (field.ty().first(), field.ty().last());
        Token![<](first).to_tokens(tokens);
        field.self_type().to_tokens(tokens);
        Token![as](first).to_tokens(tokens);
        of.to_tokens(tokens);
        Token![>](first).to_tokens(tokens);
        Token![::](first).to_tokens(tokens);
        tokens.append(Ident::new(method, first));
        tokens.append(group(Delimiter::Parenthesis, arguments.to_token_stream(), last));
    })
}

/// Returns the name of the proof of a pass over a `derive(Close)` type. The author's closures cannot name it,
/// nor what it holds.
pub(super) fn token(here: Span) -> Ident {
    Ident::new("__token", Span::mixed_site().located_at(here))
}

pub(super) fn held(index: usize, here: Span) -> Ident {
    Ident::new(&format!("__held_{index}"), Span::mixed_site().located_at(here))
}
