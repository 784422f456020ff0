//! The mistakes found in one type. All of them are reported in one compile.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

use crate::unfinished::Begun;

#[derive(Default)]
pub(crate) struct Errors {
    errors: Option<Error>,
    /// The places where an editor offers keys.
    pub(crate) begun: Vec<Begun>,
}

impl Errors {
    /// Adds a mistake at all of `tokens`. On stable, a node's own span is only its first token.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: &str) {
        self.push(Error::new_spanned(tokens.into_token_stream(), message));
    }

    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.errors {
            Some(first) => first.combine(error),
            None => self.errors = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_none()
    }

    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.errors.map(Error::into_compile_error)
    }
}
