//! The pass over the fields: each is emptied, then its release runs on what was in it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use syn::Path;

use super::call::{Value, call, extent, outcome};
use crate::attr::{Role, Unmanaged};
use crate::input::{Field, Input, Shape};
use crate::value::Callee;

/// The body of `release_all(&mut self, __failures)`. `held` asks whether anything is.
pub(super) fn release_all(input: &Input<'_>, held: &TokenStream) -> TokenStream {
    let runtime = &input.runtime;
    let before = input.options.before.as_ref().map(|before| {
        // A function's parameter has a type, so `self` is borrowed; a closure's would take it.
        let owner = match before {
            Callee::Path(_) => quote!(self),
            Callee::Closure(_) => quote!(&mut *self),
        };
        let outcome = call(runtime, before, &owner);
        let only_before = !input.fields().any(Field::is_tracked);
        let condition = if only_before { TokenStream::new() } else { quote!(&& #held) };
        quote! {
            if __failures.begin() #condition {
                __failures.record("before", #outcome);
            }
        }
    });
    let fields = match &input.shape {
        Shape::Struct(fields) => steps(runtime, fields, Access::Member),
        Shape::Enum(variants) => {
            let tracked =
                variants.iter().filter(|variant| variant.fields.iter().any(Field::is_tracked));
            let arms: Vec<_> = tracked
                .map(|variant| {
                    let ident = variant.ident;
                    let bound = variant
                        .fields
                        .iter()
                        .filter(|field| field.is_tracked() || is_named_in(field, &variant.fields));
                    let patterns = patterns(bound);
                    let steps = steps(runtime, &variant.fields, Access::Binding(&variant.fields));
                    quote!(Self::#ident { #patterns .. } => { #steps })
                })
                .collect();
            let rest = (arms.len() < variants.len()).then(|| quote!(_ => {}));
            if arms.is_empty() {
                TokenStream::new()
            } else {
                quote!(match self { #(#arms)* #rest })
            }
        }
        Shape::Union => TokenStream::new(),
    };
    quote!(#before #fields)
}

/// A release that returns `!` makes the recording of its outcome unreachable. Where closures of the
/// user's stand in the function, their lints go before.
pub(super) fn unreachable(input: &Input<'_>) -> Option<TokenStream> {
    let is_closure = |callee: &Callee| matches!(callee, Callee::Closure(_));
    let closures = input.fields().filter_map(Field::unmanaged).any(|options| {
        options.release.as_ref().is_some_and(|release| is_closure(&release.callee))
            || options.check.as_ref().is_some_and(is_closure)
    });
    let closures = closures || input.options.before.as_ref().is_some_and(is_closure);
    let path_alone = |options: &Unmanaged| options.check.is_none();
    let diverges = input.fields().filter_map(Field::unmanaged).any(path_alone);
    (diverges && !closures)
        .then(|| quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)]))
}

/// The expression that tells whether all fields are empty.
pub(super) fn is_empty(input: &Input<'_>) -> TokenStream {
    let runtime = &input.runtime;
    let all = |fields: &[Field<'_>], access: Access<'_>| {
        let mut fields = fields.iter().filter(|field| field.is_tracked());
        let Some(first) = fields.next() else { return quote!(true) };
        let first = is_field_empty(runtime, first, access);
        let rest = fields.map(|field| is_field_empty(runtime, field, access));
        quote!(#first #(&& #rest)*)
    };
    match &input.shape {
        Shape::Struct(fields) if !fields.iter().any(Field::is_tracked) => quote!(false),
        Shape::Struct(fields) => all(fields, Access::Member),
        Shape::Enum(variants) => {
            let tracked =
                |variant: &&crate::input::Variant<'_>| variant.fields.iter().any(Field::is_tracked);
            let arms: Vec<_> = variants
                .iter()
                .filter(tracked)
                .map(|variant| {
                    let ident = variant.ident;
                    let patterns = patterns(variant.fields.iter().filter(|field| {
                        field.unmanaged().is_none_or(|options| options.always.is_none())
                            && field.is_tracked()
                    }));
                    let all = all(&variant.fields, Access::Binding(&variant.fields));
                    quote!(Self::#ident { #patterns .. } => #all,)
                })
                .collect();
            let rest = (arms.len() < variants.len()).then(|| quote!(_ => true,));
            if arms.is_empty() { quote!(false) } else { quote!(match self { #(#arms)* #rest }) }
        }
        Shape::Union => quote!(true),
    }
}

fn patterns<'a, 'b: 'a>(fields: impl Iterator<Item = &'a Field<'b>>) -> TokenStream {
    fields
        .map(|field| {
            let (member, binding) = (field.member(), field.binding());
            quote!(#member: #binding,)
        })
        .collect()
}

/// How the code reaches a field: `self.member`, or the binding of a variant's pattern.
#[derive(Clone, Copy)]
pub(super) enum Access<'a> {
    Member,
    /// With the variant's fields, which a closure names by themselves.
    Binding(&'a [Field<'a>]),
}

impl Access<'_> {
    fn exclusive(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(&mut self.#member)
            }
            Self::Binding(_) => field.binding().into_token_stream(),
        }
    }

    fn shared(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(&self.#member)
            }
            Self::Binding(_) => field.binding().into_token_stream(),
        }
    }

    fn place(self, field: &Field<'_>) -> TokenStream {
        match self {
            Self::Member => {
                let member = field.member();
                quote!(self.#member)
            }
            Self::Binding(_) => {
                let binding = field.binding();
                quote!(*#binding)
            }
        }
    }
}

fn steps(runtime: &Path, fields: &[Field<'_>], access: Access<'_>) -> TokenStream {
    fields.iter().rev().map(|field| step(runtime, field, access)).collect()
}

fn step(runtime: &Path, field: &Field<'_>, access: Access<'_>) -> TokenStream {
    let path = field.path();
    let exclusive = access.exclusive(field);
    match &field.role {
        Role::Part => {
            let arguments = quote!(#exclusive, #path, __failures);
            let nest = on_type(field, &quote!(#runtime::Dispose), "__nest", arguments);
            quote!(#nest;)
        }
        Role::Unmanaged(options) => match (&options.each, &options.keep) {
            (None, None) => single(runtime, field, options, access),
            (None, Some(keep)) => kept(runtime, field, options, keep, access),
            (Some(_), None) => each(runtime, field, options, access),
            (Some(_), Some(keep)) => each_kept(runtime, field, options, keep, access),
        },
        _ => TokenStream::new(),
    }
}

/// One value, released once.
fn single(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    access: Access<'_>,
) -> TokenStream {
    let path = field.path();
    let siblings = siblings(field, access);
    if options.always.is_some() {
        let shared = access.shared(field);
        let ty = field.ty();
        let value = quote!(<#ty as #runtime::__private::Always>::get(#shared));
        let outcome = outcome(runtime, options, Value::Of(value));
        return quote! {
            if __failures.begin() {
                #siblings
                __failures.record(#path, #outcome);
            }
        };
    }
    let take = take(runtime, field, options, access);
    let outcome = outcome(runtime, options, Value::Whole);
    quote! {
        if let ::core::option::Option::Some(__value) = #take {
            #siblings
            __failures.record(#path, #outcome);
        }
    }
}

/// One value that goes back if its release fails.
fn kept(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    keep: &Ident,
    access: Access<'_>,
) -> TokenStream {
    let path = field.path();
    let siblings = siblings(field, access);
    let take = take(runtime, field, options, access);
    let outcome = outcome(runtime, options, Value::Copy(keep));
    let put = if options.invalid.is_some() {
        let place = access.place(field);
        quote!(#place = __value;)
    } else {
        let arguments = access.exclusive(field);
        let put = on_type(field, &quote!(#runtime::Slot), "put", quote!(#arguments, __value));
        quote!(#put;)
    };
    quote! {
        if __failures.begin() {
            if let ::core::option::Option::Some(__value) = #take {
                #siblings
                if __failures.keep(#path, #outcome) {
                    #put
                }
            }
        }
    }
}

/// All values of a collection, last first.
fn each(runtime: &Path, field: &Field<'_>, options: &Unmanaged, access: Access<'_>) -> TokenStream {
    let path = field.path();
    let siblings = siblings(field, access);
    let pop = on_type(field, &quote!(#runtime::__private::Each), "pop", access.exclusive(field));
    let outcome = outcome(runtime, options, Value::Whole);
    let record = quote!(__failures.record_each(#path, __index, #outcome););
    let record = match &options.invalid {
        None => record,
        Some(invalid) => {
            let is_invalid = is_invalid(runtime, &quote!(&__value), invalid);
            quote! {
                if !#is_invalid {
                    #record
                }
            }
        }
    };
    quote! {
        while let ::core::option::Option::Some((__index, __value)) = #pop {
            #siblings
            #record
        }
    }
}

/// All values of a collection, last first; those whose release fails stay.
fn each_kept(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    keep: &Ident,
    access: Access<'_>,
) -> TokenStream {
    let path = field.path();
    let siblings = siblings(field, access);
    let (exclusive, shared) = (access.exclusive(field), access.shared(field));
    let each = quote!(#runtime::__private::Each);
    let len = on_type(field, &each, "len", shared);
    let next = on_type(field, &each, "next", quote!(#exclusive, __failures));
    let put_back =
        on_type(field, &each, "put_back", quote!(#exclusive, __failures, __index, __value));
    let outcome = outcome(runtime, options, Value::Copy(keep));
    let valid = options.invalid.as_ref().map(|invalid| {
        let is_invalid = is_invalid(runtime, &quote!(&__value), invalid);
        quote!(!#is_invalid &&)
    });
    quote! {
        if __failures.begin_each(#len) {
            while let ::core::option::Option::Some((__index, __value)) = #next {
                #siblings
                if #valid __failures.keep_each(#path, __index, #outcome) {
                    #put_back;
                }
            }
        }
    }
}

/// The field's value, with the field left empty.
pub(super) fn take(
    runtime: &Path,
    field: &Field<'_>,
    options: &Unmanaged,
    access: Access<'_>,
) -> TokenStream {
    let exclusive = access.exclusive(field);
    if let Some(invalid) = &options.invalid {
        on_type(field, &quote!(#runtime::__private::Sentinel), "take", quote!(#exclusive, #invalid))
    } else {
        on_type(field, &quote!(#runtime::Slot), "take", exclusive)
    }
}

/// `<Type as Trait>::method(arguments)`, all of it at the place of the field's type, so that rustc
/// says there, and only once, that the type lacks the trait.
fn on_type(
    field: &Field<'_>,
    of: &TokenStream,
    method: &str,
    arguments: TokenStream,
) -> TokenStream {
    let ty = field.ty();
    let (first, last) = extent(ty);
    let method = Ident::new(method, first);
    let function = quote_spanned!(first=> <#ty as #of>::#method);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    quote!(#function #arguments)
}

pub(super) fn is_field_empty(runtime: &Path, field: &Field<'_>, access: Access<'_>) -> TokenStream {
    let shared = access.shared(field);
    let Some(options) = field.unmanaged() else {
        return on_type(field, &quote!(#runtime::Dispose), "is_disposed", shared);
    };
    if options.always.is_some() {
        return quote!(false);
    }
    let sentinel = quote!(#runtime::__private::Sentinel);
    let each = quote!(#runtime::__private::Each);
    match (&options.each, &options.invalid) {
        (None, None) => on_type(field, &quote!(#runtime::Slot), "is_empty", shared),
        (None, Some(invalid)) => on_type(field, &sentinel, "is_empty", quote!(#shared, #invalid)),
        (Some(_), None) => {
            let len = on_type(field, &each, "len", shared);
            quote!(#len == 0)
        }
        (Some(_), Some(invalid)) => {
            let is_invalid = is_invalid(runtime, &quote!(__value), invalid);
            on_type(field, &each, "all", quote!(#shared, |__value| #is_invalid))
        }
    }
}

/// Whether an element means "no resource"; underlined at `invalid` where that cannot be asked.
fn is_invalid(runtime: &Path, element: &TokenStream, invalid: &TokenStream) -> TokenStream {
    let (first, last) = extent(invalid);
    let function = quote_spanned!(first=> <_ as #runtime::__private::Sentinel>::is_empty);
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#element, #invalid));
    arguments.set_span(last);
    quote!(#function #arguments)
}

/// In a variant: the fields that the closures of `field` name, under their own names.
fn siblings(field: &Field<'_>, access: Access<'_>) -> TokenStream {
    let Access::Binding(fields) = access else { return TokenStream::new() };
    let Some(options) = field.unmanaged() else { return TokenStream::new() };
    let others = fields.iter().filter(|other| other.binding() != field.binding());
    others
        .filter_map(|other| {
            let mut name = mention(options, &other.sibling_name())?;
            if other.original.ident.is_none() {
                // Clippy would object to the use of a `_1` that was bound in the user's code.
                name.set_span(Span::call_site().located_at(name.span()));
            }
            let binding = other.binding();
            Some(quote! {
                #[allow(non_snake_case, unused_variables)]
                let #name = &mut *#binding;
            })
        })
        .collect()
}

/// Whether a closure of another field of the variant names `field`.
fn is_named_in(field: &Field<'_>, fields: &[Field<'_>]) -> bool {
    let others = fields.iter().filter(|other| other.binding() != field.binding());
    others
        .filter_map(Field::unmanaged)
        .any(|options| mention(options, &field.sibling_name()).is_some())
}

/// The identifier `name` as a closure writes it, also inside a format string.
fn mention(options: &Unmanaged, name: &str) -> Option<Ident> {
    let release = options.release.as_ref().map(|release| &release.callee);
    [release, options.check.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|callee| match callee {
            Callee::Closure(closure) => Some(closure.body.clone()),
            Callee::Path(_) => None,
        })
        .find_map(|body| mention_in(body, name))
}

fn mention_in(tokens: TokenStream, name: &str) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => mention_in(group.stream(), name),
        TokenTree::Ident(ident) => (ident == name).then_some(ident),
        TokenTree::Literal(literal) => literal
            .to_string()
            .contains(&format!("{{{name}"))
            .then(|| Ident::new(name, literal.span())),
        TokenTree::Punct(_) => None,
    })
}
