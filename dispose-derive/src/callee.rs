//! What a key names: a function of the user's, or a closure.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{ExprPath, LitStr};

use crate::closure::Closure;
use crate::tokens::Extent;

/// A function of the user's, or a closure.
pub(crate) enum Callee {
    Path(ExprPath),
    Closure(Closure),
}

impl Callee {
    /// Makes one of a path, a string that holds a path, or a closure. Returns `None` for anything else.
    pub(crate) fn from_tokens(tokens: TokenStream) -> Option<Self> {
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

    /// Returns what [`Extent::first`] does, mostly without a stream.
    pub(crate) fn first(&self) -> Span {
        match self {
            Self::Path(ExprPath { qself: None, path, .. }) if path.leading_colon.is_none() => {
                path.segments[0].ident.span()
            }
            Self::Closure(closure) => closure.start,
            Self::Path(path) => path.first(),
        }
    }

    /// Returns what [`Extent::last`] does, for most paths without a stream.
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
