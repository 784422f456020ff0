//! Tokens that are written where they are interpolated. Each stream in between would be several round
//! trips to the compiler, which is most of what a macro costs.

use proc_macro2::TokenStream;
use quote::ToTokens;

#[derive(Clone, Copy)]
pub(crate) struct Written<F>(F);

impl<F: Fn(&mut TokenStream)> ToTokens for Written<F> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0(tokens);
    }
}

/// Interpolated, it calls `write`.
pub(crate) fn written<F: Fn(&mut TokenStream)>(write: F) -> Written<F> {
    Written(write)
}

/// Moves `stream` to the end. `extend` with it would take it apart into its tokens.
pub(crate) fn append(tokens: &mut TokenStream, stream: TokenStream) {
    tokens.extend(std::iter::once(stream));
}
