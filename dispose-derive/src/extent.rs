//! The first and the last span of a piece of syntax.

use proc_macro2::Span;
use quote::ToTokens;

/// A piece of syntax, with the spans of its first and its last token.
pub(crate) trait Extent {
    fn first(&self) -> Span;
    fn last(&self) -> Span;
}

impl<T: ToTokens + ?Sized> Extent for T {
    fn first(&self) -> Span {
        self.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
    }

    fn last(&self) -> Span {
        self.to_token_stream().into_iter().last().map_or_else(Span::call_site, |token| token.span())
    }
}
