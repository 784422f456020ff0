//! The first and the last span of a piece of syntax. For the usual pieces they come from the syntax tree,
//! because a stream of the tokens would be a round trip to the compiler.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{ExprPath, Path, PathArguments, Type, TypePath};

/// A piece of syntax with the spans of its first and its last token.
pub(crate) trait Extent: ToTokens {
    fn first(&self) -> Span {
        self.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
    }

    fn last(&self) -> Span {
        self.to_token_stream().into_iter().last().map_or_else(Span::call_site, |token| token.span())
    }
}

impl Extent for proc_macro2::TokenStream {}

impl Extent for Path {
    fn first(&self) -> Span {
        match (&self.leading_colon, self.segments.first()) {
            (Some(colons), _) => colons.spans[0],
            (None, Some(segment)) => segment.ident.span(),
            (None, None) => Span::call_site(),
        }
    }

    fn last(&self) -> Span {
        let Some(segment) = self.segments.last() else { return Span::call_site() };
        match &segment.arguments {
            PathArguments::None => segment.ident.span(),
            PathArguments::AngleBracketed(arguments) => arguments.gt_token.span,
            PathArguments::Parenthesized(arguments) => arguments.to_token_stream().last(),
        }
    }
}

impl Extent for ExprPath {
    fn first(&self) -> Span {
        self.qself.as_ref().map_or_else(|| self.path.first(), |qself| qself.lt_token.span)
    }

    fn last(&self) -> Span {
        self.path.last()
    }
}

impl Extent for Type {
    fn first(&self) -> Span {
        match self {
            Self::Path(TypePath { qself: None, path, .. }) => path.first(),
            Self::Ptr(pointer) => pointer.star_token.span,
            _ => self.to_token_stream().first(),
        }
    }

    fn last(&self) -> Span {
        match self {
            Self::Path(TypePath { path, .. }) => path.last(),
            Self::Ptr(pointer) => pointer.elem.last(),
            _ => self.to_token_stream().last(),
        }
    }
}
