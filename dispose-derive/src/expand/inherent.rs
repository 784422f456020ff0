//! `#[dispose(error = E)]`: `close` and `try_close` of the type's own, with an error of the author's.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::call::Call;
use super::{allowed, docs};
use crate::attr::{CloseError, Role};
use crate::input::{Field, Input, Kind};
use crate::runtime::Runtime;
use crate::tokens::{Extent as _, group, here, located};

/// Writes the methods, which call the traits'.
pub(super) fn methods(input: &Input<'_>) -> Option<TokenStream> {
    let runtime = &input.runtime;
    impl_with(input, &|error, method| {
        let imports = own(input).map(|_| imports(runtime));
        let convert = convert(input, error);
        let body = match method {
            Method::Close => quote! {
                #runtime::Close::close(self).map_err(|__error| #convert)
            },
            Method::TryClose => quote! {
                #runtime::TryClose::try_close(self).map_err(|__refused| {
                    let (__value, __error) = __refused.into_parts();
                    (__value, #convert)
                })
            },
        };
        quote!(#imports #body)
    })
}

/// Writes the same methods after a mistake, so that their callers compile.
pub(crate) fn stubs(input: &Input<'_>) -> Option<TokenStream> {
    impl_with(input, &|_, _| quote!(::core::unreachable!()))
}

#[derive(Clone, Copy)]
enum Method {
    Close,
    TryClose,
}

fn impl_with(
    input: &Input<'_>,
    body: &dyn Fn(&CloseError, Method) -> TokenStream,
) -> Option<TokenStream> {
    let error = input.options.error.as_ref()?;
    // Without `keep`, a value of `derive(Close)` never comes back.
    let tries =
        input.kind == Kind::Dispose || input.unmanaged().any(|(_, options)| options.keep.is_some());
    let method = |method| signature(input, error, method, body(error, method));
    let (close, try_close) = (method(Method::Close), tries.then(|| method(Method::TryClose)));
    let ident = input.ident();
    let (generics, arguments, clause) = input.item.generics.split_for_impl();
    let allowed = allowed(input);
    Some(quote! {
        #allowed
        impl #generics #ident #arguments #clause {
            #close
            #try_close
        }
    })
}

/// Writes one method. All of it is at the key, where rustc reports another method of that name.
fn signature(
    input: &Input<'_>,
    CloseError { key, ty }: &CloseError,
    method: Method,
    body: TokenStream,
) -> TokenStream {
    let (here, last) = (here(key.span()), here(ty.last()));
    let (name, text, returned) = match method {
        Method::Close => {
            let text = "Releases what is held and consumes the value.\n\n# Errors\n\n\
                Returns what failed. The value is gone then, too.";
            ("close", text, ty.to_token_stream())
        }
        Method::TryClose => {
            let text = "Releases what is held. The value comes back in the error if it is still alive.\n\n\
                # Errors\n\nReturns what failed, and the value if it can be tried again.";
            let parts = quote!(::core::option::Option<Self>, #ty);
            ("try_close", text, group(Delimiter::Parenthesis, parts, last).into_token_stream())
        }
    };
    let (docs, visibility, name) = (docs(text), &input.item.vis, Ident::new(name, here));
    let begin = quote!(#visibility fn #name(self) -> ::core::result::Result<(),);
    let (begin, end) = (located(begin, here), located(quote!(>), last));
    let body = group(Delimiter::Brace, body, here);
    quote! {
        #docs
        #[allow(dead_code, clippy::same_name_method)]
        #[inline]
        #begin #returned #end #body
    }
}

/// Returns the `error = E` of a type that has only one release. The release's own error may come out as it is.
pub(super) fn own<'a>(input: &'a Input<'_>) -> Option<&'a CloseError> {
    let is_one = |field: &Field<'_>| match &field.role {
        Role::Unmanaged(options) => {
            let twice = options.keep.is_some() && options.drop.is_some();
            options.release.is_some() && options.each.is_none() && !twice
        }
        _ => false,
    };
    let at_most_one = |fields: &&[Field<'_>]| {
        let mut tracked = fields.iter().filter(|field| field.is_tracked());
        tracked.next().is_none_or(is_one) && tracked.next().is_none()
    };
    let alone = input.options.before.is_none() && input.groups().iter().all(at_most_one);
    input.options.error.as_ref().filter(|_| alone)
}

fn imports(runtime: &Runtime) -> TokenStream {
    quote!(use #runtime::__private::{AnyConversion as _, OwnConversion as _};)
}

/// Converts `__error` to the author's error. rustc underlines a mistake in it at the key's value.
fn convert(input: &Input<'_>, error: &CloseError) -> TokenStream {
    let (first, last) = (here(error.ty.first()), here(error.ty.last()));
    let (ty, runtime) = (&error.ty, input.runtime.at(first));
    if own(input).is_none() {
        let arguments = group(Delimiter::Parenthesis, quote!(__error), last);
        return quote_spanned! {first=>
            <#ty as #runtime::__private::FromFailures>::from_failures #arguments
        };
    }
    let conversion = conversion(&runtime, error);
    let arguments = group(Delimiter::Parenthesis, quote!(#conversion, __error), last);
    quote_spanned!(first=> #runtime::__private::own_error::<#ty> #arguments)
}

/// Writes the conversion, which the compiler chooses.
fn conversion(runtime: &Runtime, CloseError { ty, .. }: &CloseError) -> TokenStream {
    let (first, last) = (here(ty.first()), here(ty.last()));
    let called = group(Delimiter::Parenthesis, quote!(), last);
    quote_spanned!(first=> (&#runtime::__private::Own::<#ty>::NEW).__conversion #called)
}

/// Writes the outcome of the one release, which compiles if `close` can return its error.
pub(super) fn own_outcome(
    runtime: &Runtime,
    error: &CloseError,
    call: &Call<'_>,
    outcome: impl ToTokens,
) -> TokenStream {
    let (first, last) = (here(error.ty.first()), here(error.ty.last()));
    let at = runtime.at(first);
    let (conversion, ty) = (conversion(&at, error), &error.ty);
    let arguments = quote_spanned!(first=> &#at::__private::Own::<#ty>::NEW, #conversion);
    let arguments = group(Delimiter::Parenthesis, arguments, last);
    let asked = quote!(#runtime::__private::OwnOutcome(&__outcome));
    let question = quote_spanned!(first=> #asked.__fails_with #arguments);
    let settled = quote! {
        __outcome => {
            {
                use #runtime::__private::{AnOutcome as _, AnyConversion as _, NoOutcome as _, OwnConversion as _};
                #question;
            }
            __outcome
        }
    };
    // All of it at the release, where rustc says that a value is not an outcome.
    let (first, last) = call.extent();
    let settled = group(Delimiter::Brace, settled, here(last));
    quote_spanned!(here(first)=> match #outcome #settled)
}
