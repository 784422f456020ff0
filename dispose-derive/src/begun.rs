//! Words in an attribute that may become keys, for an editor's completion.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};

use crate::runtime::Runtime;

/// A name for the place where one is missing. rustc reports that it cannot be found.
pub(crate) const MISSING: &str = "__name_is_missing";

/// A word that is not yet a key.
pub(crate) struct Begun {
    /// The module of `__private::keys` with the keys that may stand here.
    pub(crate) module: &'static str,
    pub(crate) key: Ident,
}

impl Begun {
    /// Creates one for a place where no word is written yet.
    pub(crate) fn at(module: &'static str, span: Span) -> Self {
        Self { module, key: Ident::new(MISSING, span) }
    }

    /// Returns a path that an editor completes to a key, or `None` if the word cannot be in a path.
    pub(crate) fn offer(&self, runtime: &Runtime) -> Option<TokenStream> {
        let module = Ident::new(self.module, Span::call_site());
        let key = &self.key;
        syn::parse2::<Ident>(key.to_token_stream()).ok()?;
        Some(quote! {
            #[allow(unexpected_cfgs)]
            const _: () = {
                #[cfg(rust_analyzer)]
                const _: () = #runtime::__private::keys::#module::#key;
            };
        })
    }
}
