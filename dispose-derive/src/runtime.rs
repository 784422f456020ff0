//! The paths in the expansion that lead into the runtime crate.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _};
use syn::punctuated::Punctuated;
use syn::{Path, PathSegment, Token};

/// The path of the runtime crate.
pub(crate) struct Runtime(Path);

impl Runtime {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path.unwrap_or_else(|| {
            Path {
                leading_colon: Some(<Token![::]>::default()),
                segments: [PathSegment::from(Ident::new("dispose_core", Span::call_site()))]
                    .into_iter()
                    .collect(),
            }
        }))
    }

    /// Returns the path of an item of the crate.
    pub(crate) fn item(&self, name: &'static str) -> InRuntime<'_> {
        InRuntime { runtime: self, private: false, name }
    }

    /// Returns the path of an item that only expansions name.
    pub(crate) fn private(&self, name: &'static str) -> InRuntime<'_> {
        InRuntime { runtime: self, private: true, name }
    }

    /// Returns it with all of its tokens at `span`.
    pub(crate) fn at(&self, span: Span) -> Self {
        let mut segments = Punctuated::new();
        for segment in &self.0.segments {
            let mut ident = segment.ident.clone();
            ident.set_span(ident.span().located_at(span));
            segments.push(PathSegment::from(ident));
        }
        let leading_colon = self.0.leading_colon.as_ref().map(|_| Token![::](span));
        Self(Path { leading_colon, segments })
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// The path of an item in the runtime crate.
#[derive(Clone, Copy)]
pub(crate) struct InRuntime<'a> {
    runtime: &'a Runtime,
    private: bool,
    name: &'static str,
}

impl ToTokens for InRuntime<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.runtime.to_tokens(tokens);
        let mut segment = |name| {
            <Token![::]>::default().to_tokens(tokens);
            tokens.append(Ident::new(name, Span::call_site()));
        };
        if self.private {
            segment("__private");
        }
        segment(self.name);
    }
}
