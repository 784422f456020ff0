//! The elements of a collection, for `each`.

use proc_macro2::{Delimiter, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::access::{Access, on_type};
use super::call::may_panic;
use crate::attr::Unmanaged;
use crate::input::Field;
use crate::runtime::Runtime;
use crate::tokens::{Extent as _, group, here};
use crate::types::visible;

/// The collection in a field with `each`, as a trait of the runtime crate knows it.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) field: &'a Field<'a>,
    pub(super) options: &'a Unmanaged,
    pub(super) access: Access<'a>,
}

impl Elements<'_> {
    // All at the place of the field's type, where rustc says, and only once, what is wrong with the
    // collection.
    fn here(self) -> Span {
        here(self.field.ty().first())
    }

    pub(super) fn cursor(self) -> TokenStream {
        quote_spanned!(self.here()=> let mut __cursor = ::core::default::Default::default();)
    }

    pub(super) fn each(self, element: &TokenStream) -> TokenStream {
        // What the user's expression borrows must not be borrowed while the release runs.
        let taken = quote_spanned!(self.here()=> { let __taken = #element; __taken });
        let element = if may_panic(self.options) { &taken } else { element };
        quote_spanned! {self.here()=>
            while let ::core::option::Option::Some((__index @ _, __value @ _)) = #element
        }
    }

    pub(super) fn places(self) -> TokenStream {
        let (shared, empty) = (self.access.shared(self.field), self.empty());
        self.method("places", quote!(#shared, #empty))
    }

    pub(super) fn is_released(self) -> TokenStream {
        let (shared, empty) = (self.access.shared(self.field), self.empty());
        self.method("is_released", quote!(#shared, #empty))
    }

    pub(super) fn pop(self) -> TokenStream {
        let (exclusive, empty) = (self.access.exclusive(self.field), self.empty());
        self.method("pop", quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty))
    }

    pub(super) fn next(self) -> TokenStream {
        let (exclusive, empty, walk) =
            (self.access.exclusive(self.field), self.empty(), self.walk());
        self.method("next", quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty, #walk))
    }

    pub(super) fn put_back(self) -> TokenStream {
        let (exclusive, empty, walk) =
            (self.access.exclusive(self.field), self.empty(), self.walk());
        let taken = quote_spanned!(self.here()=> (__index, __value));
        self.method(
            "put_back",
            quote_spanned!(self.here()=> #exclusive, &mut __cursor, #empty, #walk, #taken),
        )
    }

    fn walk(self) -> TokenStream {
        let runtime = self.runtime;
        quote!(#runtime::__private::Walk::of(__failures))
    }

    fn method(self, method: &'static str, arguments: TokenStream) -> TokenStream {
        let of = self.runtime.private("Elements");
        on_type(self.field, quote!(#of<_, _>), method, arguments).to_token_stream()
    }

    /// Writes what recognises the elements that hold no resource: the values of `invalid`, or what their type
    /// says.
    fn empty(self) -> TokenStream {
        let runtime = self.runtime;
        let Some(invalid) = &self.options.invalid else {
            // The elements of an array are slots, so their type is not asked.
            if matches!(visible(self.field.ty()), Type::Array(_)) {
                return quote!(#runtime::__private::Plain);
            }
            let ty = self.field.self_type();
            return quote!(#runtime::__private::empty_of!(#ty));
        };
        let list = invalid.list();
        let span = list.span();
        let (runtime, arguments) =
            (runtime.at(span), group(Delimiter::Parenthesis, list.into_token_stream(), span));
        quote_spanned!(span=> #runtime::__private::Invalid::of #arguments)
    }
}
