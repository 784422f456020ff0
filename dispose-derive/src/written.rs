//! Tokens that are written where they are interpolated, without a stream in between. A stream costs several
//! round trips to the compiler, and these are most of what a macro costs.

use proc_macro2::TokenStream;
use quote::ToTokens;

#[derive(Clone, Copy)]
pub(crate) struct Written<F>(F);

impl<F: Fn(&mut TokenStream)> ToTokens for Written<F> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0(tokens);
    }
}

/// Returns tokens that `write` writes when they are interpolated.
pub(crate) fn written<F: Fn(&mut TokenStream)>(write: F) -> Written<F> {
    Written(write)
}

/// Appends `stream` as a whole. `tokens.extend(stream)` would take it apart into its tokens.
pub(crate) fn append(tokens: &mut TokenStream, stream: TokenStream) {
    tokens.extend(std::iter::once(stream));
}
